// SPDX-License-Identifier: GPL-2.0-only
/*
 * What gntdmabuf export does with the data of a buffer: pictures, bytes, and programs
 * that inherit the buffer.  Each test checks one promise.  Runs in domain 0, with
 * granter in the guest PEER.  "userland-data-test sum PIXELS" prints the
 * checksum of the buffer that it inherits.
 */

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

#include "frame.h"
#include "harness.h"
#include "peer.h"
#include "program.h"

#define PICTURE	"/tmp/userland-data.png"
#define BYTES	"/tmp/userland-data.raw"
#define SCRIPT	"/tmp/userland-data.sh"

FIXTURE(data)
{
	struct program program;
	struct peer *peer;
};

FIXTURE_SETUP(data)
{
	self->peer = peer_open(peer_domid());
}

FIXTURE_TEARDOWN(data)
{
	/* The programs have released all buffers */
	EXPECT_STREQ("", file_line(DEBUG_DIR "buffers", ""));
	peer_close(self->peer);
	unlink(PICTURE);
	unlink(BYTES);
	unlink(SCRIPT);
}

/* picture - the pixels of the PNG, XRGB8888 with X 0; NULL if its size differs */
static uint32_t *picture(unsigned int width, unsigned int height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));
	size_t i;

	if (!pixels || !png_image_begin_read_from_file(&image, PICTURE) ||
	    image.width != width || image.height != height)
		return NULL;
	image.format = PNG_FORMAT_BGRA;
	if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
		return NULL;
	for (i = 0; i < (size_t)width * height; i++)
		pixels[i] &= 0xffffff;
	unlink(PICTURE);
	return pixels;
}

TEST_F_TIMEOUT(data, a_frame_exported_by_its_directory_is_the_picture_drawn, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t sum = peer_ask(peer, "draw", 3);
	uint32_t *pixels;

	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --png %ux%u:XR24 " PICTURE,
				 peer->domid, peer->directory, peer->count,
				 peer->width, peer->height))
		TH_LOG("%s", self->program.errors);
	EXPECT_NE(NULL, strstr(self->program.output, "\nreleased\n"));
	pixels = picture(peer->width, peer->height);
	ASSERT_NE(NULL, pixels);
	EXPECT_EQ(sum, frame_checksum(pixels, (size_t)peer->width * peer->height));
	free(pixels);
}

/* The first pages of the frame, by their references, in other pixel formats */
TEST_F_TIMEOUT(data, formats_are_what_their_names_say, LIMIT)
{
	struct peer *peer = self->peer;
	const char *command = "gntdmabuf export -d %u --png %ux2:%s " PICTURE " %u %u";
	unsigned int i;
	uint32_t *pixels;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program, command, peer->domid, 1024, "XB24",
				 peer->refs[0], peer->refs[1]));
	pixels = picture(1024, 2);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < 2048; i++) {
		uint32_t drawn = frame_pixel(0, i % peer->width, i / peer->width,
					     peer->width, peer->height);

		ASSERT_EQ((drawn & 0xff) << 16 | (drawn & 0xff00) | drawn >> 16,
			  pixels[i]);
	}
	free(pixels);

	ASSERT_EQ(0, program_run(&self->program, command, peer->domid, 2048, "RG16",
				 peer->refs[0], peer->refs[1]));
	pixels = picture(2048, 2);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < 4096; i++) {
		uint32_t word = frame_pixel(0, i / 2 % peer->width, i / 2 / peer->width,
					    peer->width, peer->height);
		unsigned int half = i & 1 ? word >> 16 : word & 0xffff;
		unsigned int red = (half >> 11) * 255 / 31.0 + 0.5;
		unsigned int green = (half >> 5 & 63) * 255 / 63.0 + 0.5;
		unsigned int blue = (half & 31) * 255 / 31.0 + 0.5;

		ASSERT_EQ(red << 16 | green << 8 | blue, pixels[i]);
	}
	free(pixels);
}

/* A pitch larger than the line: the picture is the left half of the frame */
TEST_F_TIMEOUT(data, the_pitch_is_that_of_the_option, LIMIT)
{
	struct peer *peer = self->peer;
	unsigned int i, half = peer->width / 2;
	uint32_t *pixels;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u --png %ux%u:XR24 " PICTURE
				 " --pitch %u",
				 peer->domid, peer->directory, peer->count, half,
				 peer->height, peer->width * 4))
		TH_LOG("%s", self->program.errors);
	pixels = picture(half, peer->height);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < half * peer->height; i++)
		ASSERT_EQ(frame_pixel(0, i % half, i / half, peer->width, peer->height),
			  pixels[i]);
	free(pixels);
}

/* The bytes of the frame's beginning, which are taken for pixels */
static uint8_t frame_byte(const struct peer *peer, unsigned int at)
{
	return frame_pixel(0, at / 4 % peer->width, at / 4 / peer->width, peer->width,
			   peer->height) >> at % 4 * 8;
}

/* near_yuv - whether a pixel is the colour of ITU-R BT.601, but for rounding */
static bool near_yuv(uint32_t pixel, int y, int u, int v)
{
	double luma = (y - 16) * 255 / 219.0;
	double blue = (u - 128) * 255 / 224.0, red = (v - 128) * 255 / 224.0;
	double want[] = {
		luma + 1.772 * blue,
		luma - 0.344136 * blue - 0.714136 * red,
		luma + 1.402 * red,
	};
	unsigned int i;

	for (i = 0; i < 3; i++, pixel >>= 8)
		if (fabs(fmin(fmax(want[i], 0), 255) - (pixel & 0xff)) > 1.5)
			return false;
	return true;
}

TEST_F_TIMEOUT(data, nv12_has_a_colour_for_each_two_by_two_pixels, LIMIT)
{
	/* Odd, so that the last line has colours of its own; lines with padding */
	const unsigned int width = 48, height = 33, pitch = 50;
	struct peer *peer = self->peer;
	unsigned int x, y, uv;
	uint32_t *pixels;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u --pitch %u --png %ux%u:NV12 "
				 PICTURE " %u", peer->domid, pitch, width, height,
				 peer->refs[0]))
		TH_LOG("%s", self->program.errors);
	pixels = picture(width, height);
	ASSERT_NE(NULL, pixels);
	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++) {
			uv = (height + y / 2) * pitch + x / 2 * 2;
			EXPECT_TRUE(near_yuv(pixels[y * width + x],
					     frame_byte(peer, y * pitch + x),
					     frame_byte(peer, uv),
					     frame_byte(peer, uv + 1)))
				TH_LOG("%u,%u is %06x", x, y, pixels[y * width + x]);
		}
	free(pixels);
}

TEST_F_TIMEOUT(data, yuyv_has_a_colour_for_two_pixels, LIMIT)
{
	const unsigned int width = 40, height = 20;
	struct peer *peer = self->peer;
	unsigned int i, pair;
	uint32_t *pixels;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u --png %ux%u:YUYV " PICTURE " %u",
				 peer->domid, width, height, peer->refs[0]))
		TH_LOG("%s", self->program.errors);
	pixels = picture(width, height);
	ASSERT_NE(NULL, pixels);
	for (i = 0; i < width * height; i++) {
		pair = i / 2 * 4;
		EXPECT_TRUE(near_yuv(pixels[i], frame_byte(peer, i * 2),
				     frame_byte(peer, pair + 1),
				     frame_byte(peer, pair + 3)))
			TH_LOG("pixel %u is %06x", i, pixels[i]);
	}
	free(pixels);
}

/* file_begins_with_frame - whether a file has exactly these bytes of the frame */
static bool file_begins_with_frame(const struct peer *peer, const char *path,
				   unsigned int from, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t i;

	for (i = 0; file && i < size; i++)
		if (fgetc(file) != frame_byte(peer, from + i))
			break;
	if (!file || i < size)
		return false;
	i = fgetc(file) == EOF;
	fclose(file);
	return i;
}

/* write_script - write the commands that sh runs */
static void write_script(const char *format, ...)
{
	FILE *file = fopen(SCRIPT, "we");
	va_list arguments;

	if (!file)
		ksft_exit_fail_msg("cannot write " SCRIPT "\n");
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	fclose(file);
}

TEST_F_TIMEOUT(data, raw_output_is_the_bytes_from_the_offset_and_no_others, LIMIT)
{
	struct peer *peer = self->peer;

	peer_ask(peer, "draw", 0);
	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u --offset 4084 --raw -o " BYTES " %u %u",
				 peer->domid, peer->refs[0], peer->refs[1]))
		TH_LOG("%s", self->program.errors);
	EXPECT_TRUE(file_begins_with_frame(peer, BYTES, 4084, 4108));
	EXPECT_NE(NULL, strstr(self->program.output, "\nreleased\n"));

	/* Standard output, which then has no text */
	write_script("gntdmabuf export -d %u --raw %u > " BYTES "\n", peer->domid,
		     peer->refs[0]);
	ASSERT_EQ(0, program_run(&self->program, "sh " SCRIPT));
	EXPECT_TRUE(file_begins_with_frame(peer, BYTES, 0, 4096));
	write_script("gntdmabuf export -d %u --raw %u | head -c 8 > " BYTES "\n",
		     peer->domid, peer->refs[0]);
	ASSERT_EQ(0, program_run(&self->program, "sh " SCRIPT));
	EXPECT_TRUE(file_begins_with_frame(peer, BYTES, 0, 8));
}

TEST_F_TIMEOUT(data, raw_output_to_a_terminal_is_refused, LIMIT)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ASSERT_LE(0, terminal);
	ASSERT_EQ(0, grantpt(terminal) || unlockpt(terminal));
	write_script("gntdmabuf export -d %u --raw %u > %s\n", self->peer->domid,
		     self->peer->refs[0], ptsname(terminal));
	EXPECT_EQ(1, program_run(&self->program, "sh " SCRIPT));
	EXPECT_NE(NULL, strstr(self->program.errors, "--raw writes no text"))
		TH_LOG("%s", self->program.errors);
	close(terminal);
}

TEST_F_TIMEOUT(data, a_command_inherits_the_buffer, LIMIT)
{
	struct peer *peer = self->peer;
	uint64_t sum = peer_ask(peer, "draw", 5);
	char want[64];

	ASSERT_EQ(0, program_run(&self->program,
				 "gntdmabuf export -d %u -D %u -n %u -- userland-data-test sum %u",
				 peer->domid, peer->directory, peer->count,
				 peer->width * peer->height))
		TH_LOG("%s", self->program.errors);
	snprintf(want, sizeof(want), "%016" PRIx64 "\n", sum);
	EXPECT_STREQ(want, self->program.output);
}

TEST_F_TIMEOUT(data, the_exit_status_is_that_of_the_command, LIMIT)
{
	struct peer *peer = self->peer;
	const char *export = "gntdmabuf export -d %u %u -- %s";

	/* The buffer is live while the command runs, with this id */
	write_script("gntdmabuf list | grep -q \"^ *$GNTDMABUF_ID \" && exit 7\n");
	EXPECT_EQ(7, program_run(&self->program, export, peer->domid, peer->refs[0],
				 "sh " SCRIPT));
	EXPECT_STREQ("", self->program.errors);
	EXPECT_EQ(127, program_run(&self->program, export, peer->domid, peer->refs[0],
				   "no-such-program"));
	EXPECT_STREQ("gntdmabuf: no-such-program: No such file or directory\n",
		     self->program.errors);
	EXPECT_EQ(126, program_run(&self->program, export, peer->domid, peer->refs[0],
				   "/tmp"));
	EXPECT_EQ(1, text_lines(self->program.errors));
}

TEST_F_TIMEOUT(data, a_command_gets_the_signals, LIMIT)
{
	struct peer *peer = self->peer;

	/* The shell prints its line before the signal comes */
	write_script("echo ready\nexec sleep 100000\n");
	program_begin(&self->program, "gntdmabuf export -d %u %u -- sh " SCRIPT,
		      peer->domid, peer->refs[0]);
	EXPECT_STREQ("ready", program_line(&self->program));
	kill(self->program.pid, SIGTERM);
	EXPECT_EQ(128 + SIGTERM, program_end(&self->program));
	EXPECT_STREQ("", self->program.errors);
}

/* print_sum - print the checksum of the pixels of the inherited buffer */
static int print_sum(size_t pixels)
{
	const char *fd = getenv("GNTDMABUF_FD");
	uint32_t *map = map_all(pixels * 4, fd ? atoi(fd) : -1);

	if (map == MAP_FAILED)
		return 1;
	printf("%016" PRIx64 "\n", frame_checksum(map, pixels));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "sum"))
		return print_sum(atoi(argv[2]));
	one_processor();
	return test_harness_run(argc, argv);
}
