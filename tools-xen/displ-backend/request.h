/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of the display protocol.
 */

#ifndef DISPL_BACKEND_REQUEST_H
#define DISPL_BACKEND_REQUEST_H

#include "connector.h"

bool request_delay(const struct connector *connector, const struct xendispl_req *req,
		   struct work *work);
void request_handle(struct connector *connector,
		    const struct xendispl_req *req);

#endif /* DISPL_BACKEND_REQUEST_H */
