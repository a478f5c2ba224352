/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What guests ask: each request of the protocol, checked and done.
 */

#ifndef DISPL_BACKEND_REQUEST_H
#define DISPL_BACKEND_REQUEST_H

#include "connector.h"

void request_serve(struct connector *connector, const struct xendispl_req *req);

#endif /* DISPL_BACKEND_REQUEST_H */
