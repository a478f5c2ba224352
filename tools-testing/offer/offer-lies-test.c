// SPDX-License-Identifier: GPL-2.0-only
/*
 * libxendmabuf with a program in the peer domain that breaks the protocol.  Runs in a
 * guest; the program offers runs in another one, PEER.
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "offering.h"

/* What xendmabuf_take() returns for each lie: errno, or 0 */
static const int lie_errors[LIE_COUNT] = {
	[LIE_NO_PAGES] = EPROTO,
	[LIE_MANY_PAGES] = E2BIG,
	[LIE_MORE_PAGES] = EINVAL,
	[LIE_OFFSET] = EPROTO,
	[LIE_FLAGS] = EPROTO,
	[LIE_HEIGHT] = EPROTO,
	[LIE_OVERFLOW] = EPROTO,
	[LIE_DIRECTORY] = EACCES,
	[LIE_WRITABLE] = EACCES,
	[LIE_ZERO] = EINVAL,
	[LIE_NAME] = EPROTO,
	[LIE_TYPE] = EPROTO,
	[LIE_SIZE] = EPROTO,
	[LIE_SHORT] = EPROTO,
	[LIE_TWICE] = 0,
};

TEST_F_TIMEOUT(offer, each_lie_of_the_offering_program_is_noticed, LIMIT)
{
	FIXTURE_DATA(offer) liar = *self;
	unsigned int lie;

	for (lie = 0; lie < LIE_COUNT; lie++) {
		int error, next = EPROTO;

		liar.high = ask(&self->ask, "lie %u", lie);
		liar.taker = taker_open_after(&liar);
		ASSERT_NE(NULL, liar.taker);
		error = take(&liar, lie) ? 0 : errno;
		if (!error)
			next = take(&liar, lie + 1) ? 0 : errno;
		/* The end of the test waits until nothing is open */
		xendmabuf_taker_close(liar.taker);
		ASSERT_EQ(lie_errors[lie], error)
			TH_LOG("lie %u", lie);
		ASSERT_EQ(EPROTO, next);
	}
	/* The honest program beside it serves on */
	ASSERT_NE(NULL, take(self, offer_new(self, 4, 2)));
}

/* take_picture - the last line that gntdmabuf take --png prints of a lie */
static const char *take_picture(FIXTURE_DATA(offer) * self, enum lie lie)
{
	static char line[512];
	char command[128];
	FILE *output;

	snprintf(command, sizeof(command),
		 "gntdmabuf take -d %u --png /tmp/refused.png %016lx%016x 2>&1", self->peer,
		 (unsigned long)ask(&self->ask, "lie %u", lie), lie);
	output = popen(command, "r");
	while (output && fgets(line, sizeof(line), output))
		;
	if (output && pclose(output))
		return line;
	return "no error";
}

TEST_F_TIMEOUT(offer, take_says_what_it_refuses, LIMIT)
{
	static const struct {
		enum lie lie;
		const char *text;
	} lies[] = {
		{ LIE_MANY_PAGES, "says, more pages" },
		{ LIE_NO_WIDTH, "no picture of 0x16," },
		{ LIE_NO_HEIGHT, "no picture of 32x0," },
		{ LIE_NO_STRIDE, "a line has 0 bytes," },
		{ LIE_SHORT_LINES, "a line has 127 bytes," },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		const char *line = take_picture(self, lies[i].lie);

		ASSERT_NE(NULL, strstr(line, lies[i].text))
			TH_LOG("lie %u: %s", lies[i].lie, line);
	}
}

/**
 * struct holder - gntdmabuf take, which holds a buffer
 * @pid: its process
 * @input: its standard input, at whose end it ends
 * @output: its standard output
 */
struct holder {
	pid_t pid;
	int input;
	FILE *output;
};

/* holder_begin - take a buffer, with an option or NULL; 0, or -1 if it was not taken */
static int holder_begin(FIXTURE_DATA(offer) * self, struct holder *holder, uint64_t low,
			const char *option)
{
	char peer[12], name[40], line[256];
	int in[2], out[2];

	snprintf(peer, sizeof(peer), "%u", self->peer);
	snprintf(name, sizeof(name), "%016lx%016lx", (unsigned long)self->high,
		 (unsigned long)low);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	holder->pid = fork();
	if (!holder->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("gntdmabuf", "gntdmabuf", "take", "-d", peer, name, option, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	holder->input = in[1];
	holder->output = fdopen(out[0], "r");
	return holder->output && fgets(line, sizeof(line), holder->output) ? 0 : -1;
}

static int holder_end(struct holder *holder)
{
	int status;

	close(holder->input);
	fclose(holder->output);
	return waitpid(holder->pid, &status, 0) == holder->pid ? status : -1;
}

/* holder_kib - KiB of memory of its own; -1 on errors */
static long holder_kib(const struct holder *holder)
{
	char path[40], line[128];
	long kib = -1;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", holder->pid);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "RssAnon: %ld", &kib);
	if (status)
		fclose(status);
	return kib;
}

/*
 * xenstored lets a domain write about 200 times a second.  The library of xenstore needs more
 * than 100 bytes for each event.
 */
#define TOUCHES		6000
#define TOUCHED_KIB	256

/*
 * touched - take a buffer, and let the peer domain write its node meanwhile; how the program
 * ends, or -1 if its memory has grown
 *
 * The library of xenstore keeps the events of a watch until the program reads them.
 */
static int touched(struct __test_metadata *_metadata, FIXTURE_DATA(offer) * self,
		   unsigned int pages, const char *option)
{
	uint64_t low = offer_new(self, pages, 2);
	struct holder holder;
	long before, after;
	uint64_t failed;
	int status;

	xendmabuf_taker_close(self->taker);
	self->taker = NULL;
	if (holder_begin(self, &holder, low, option))
		return -1;
	before = holder_kib(&holder);
	failed = ask(&self->ask, "touch %u", TOUCHES);
	after = holder_kib(&holder);
	TH_LOG("%ld KiB, then %ld KiB", before, after);
	/* The end of the test waits until nothing holds the buffer */
	status = holder_end(&holder);
	return !failed && before > 0 && after < before + TOUCHED_KIB ? status : -1;
}

TEST_F_TIMEOUT(offer, take_reads_what_the_other_domain_writes_to_xenstore, LIMIT)
{
	ASSERT_EQ(0, touched(_metadata, self, 4, NULL));
}

/* The bytes do not fit into a pipe, which is not read, and then closed */
TEST_F_TIMEOUT(offer, take_reads_it_while_its_output_is_not_read, LIMIT)
{
	ASSERT_EQ(SIGPIPE, touched(_metadata, self, 64, "--raw"));
}

/* A socket in the abstract namespace, whose names any user can take, was once the lock */
TEST_F_TIMEOUT(offer, another_user_cannot_keep_a_program_from_taking, LIMIT)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0), tries;

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "xendmabuf-%u-%016lx",
		 self->peer, (unsigned long)self->high);
	xendmabuf_taker_close(self->taker);
	ASSERT_EQ(0, bind(socket_fd, (struct sockaddr *)&name, sizeof(name)));
	for (tries = 0; tries < 100; tries++) {
		self->taker = taker_open(self);
		if (self->taker)
			break;
		ASSERT_EQ(EBUSY, errno);
		usleep(100000);
	}
	close(socket_fd);
	ASSERT_NE(NULL, self->taker);
	/* But another program that takes does */
	ASSERT_EQ(NULL, taker_open(self));
	ASSERT_EQ(EBUSY, errno);
}

/*
 * lie_to - send messages to a handle of this guest; returns what the handle does: an
 * errno, or 0 when the buffer is released
 */
static int lie_to(FIXTURE_DATA(offer) * self, const uint32_t *types, uint32_t size)
{
	struct offering offering;
	int error = offering_begin(self, &offering);

	if (error)
		return error;
	for (; *types; types++)
		ask(&self->ask, "send %u %lu %u", *types, offering.low, size);
	error = serve_until(offering.offerer, offering.offer);
	offering_end(&offering);
	return error;
}

TEST_F_TIMEOUT(offer, each_lie_of_the_taking_program_is_noticed, LIMIT)
{
	static const uint32_t honest[] = { MESSAGE_TAKE, MESSAGE_RELEASE, 0 };
	static const uint32_t twice[] = { MESSAGE_TAKE, MESSAGE_TAKE, 0 };
	static const uint32_t early[] = { MESSAGE_RELEASE, 0 };
	static const uint32_t offer[] = { MESSAGE_OFFER, 0 };
	static const uint32_t unknown[] = { 99, 0 };

	ASSERT_EQ(0, lie_to(self, honest, 0));
	ASSERT_EQ(EPROTO, lie_to(self, twice, 0));
	ASSERT_EQ(EPROTO, lie_to(self, early, 0));
	ASSERT_EQ(EPROTO, lie_to(self, offer, 0));
	ASSERT_EQ(EPROTO, lie_to(self, unknown, 0));
	ASSERT_EQ(EPROTO, lie_to(self, honest, 1));
	ASSERT_EQ(EPROTO, lie_to(self, honest, UINT32_MAX));
	ASSERT_EQ(0, lie_to(self, honest, 0));
}

/* A taking program that has the references and has not mapped them yet */
TEST_F_TIMEOUT(offer, a_withdrawal_waits_for_the_taking_program, LIMIT)
{
	struct offering offering;
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };

	ASSERT_EQ(0, offering_begin(self, &offering));
	fds[0].fd = xendmabuf_offerer_fd(offering.offerer);
	ask(&self->ask, "send %u %lu 0", MESSAGE_TAKE, offering.low);
	ASSERT_EQ(0, offering_taken(&offering));
	fds[1].fd = xendmabuf_offer_withdraw(offering.offer);
	ASSERT_EQ(0, xendmabuf_offerer_process(offering.offerer));
	ASSERT_EQ(0, poll(&fds[1], 1, 0));
	ask(&self->ask, "send %u %lu 0", MESSAGE_RELEASE, offering.low);
	while (!fds[1].revents) {
		ASSERT_LE(1, poll(fds, 2, -1));
		ASSERT_EQ(0, xendmabuf_offerer_process(offering.offerer));
	}
	close(fds[1].fd);
	offering_end(&offering);
}

TEST_F_TIMEOUT(offer, metadata_that_does_not_fit_is_refused, LIMIT)
{
	static char bytes[XENDMABUF_BYTES_MAX + 1];
	struct xendmabuf_metadata metadata = { .bytes = bytes };
	struct xendmabuf_offerer *offerer = xendmabuf_offerer_open(NULL, self->peer);
	struct source source;

	ASSERT_NE(NULL, offerer);
	ASSERT_EQ(0, source_heap(&source, "system", 1));
	metadata.size = sizeof(bytes);
	ASSERT_EQ(NULL, xendmabuf_offer_new(offerer, source.fd, 0, &metadata));
	ASSERT_EQ(EINVAL, errno);
	metadata.size--;
	metadata.height = 4097;
	metadata.stride = 1;
	ASSERT_EQ(NULL, xendmabuf_offer_new(offerer, source.fd, 0, &metadata));
	ASSERT_EQ(EINVAL, errno);
	metadata.height--;
	ASSERT_EQ(NULL, xendmabuf_offer_new(offerer, source.fd, 2, &metadata));
	ASSERT_EQ(EINVAL, errno);
	ASSERT_EQ(NULL, xendmabuf_offer_new(offerer, source.origin, 0, &metadata));
	ASSERT_NE(NULL, xendmabuf_offer_new(offerer, source.fd, 0, &metadata));
	xendmabuf_offerer_close(offerer);
	source_close(&source);
}

int main(int argc, char **argv)
{
	one_processor();
	return test_harness_run(argc, argv);
}
