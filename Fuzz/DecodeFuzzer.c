// Feeds what posevault-decode reads by itself: its arguments, and the outermost boxes of a clip. The first byte says
// which.

#include <stdlib.h>
#include <string.h>

#include "../Helper/arguments.h"
#include "../Helper/container.h"
#include "../Helper/turn.h"

struct bytes {
  const uint8_t *data;
  size_t count;
  int reads;
};

static int64_t read_bytes(void *context, uint64_t offset, uint8_t *buffer, size_t size) {
  struct bytes *bytes = context;
  bytes->reads++;
  if (offset >= bytes->count) return 0;
  const size_t left = bytes->count - (size_t)offset;
  const size_t count = left < size ? left : size;
  memcpy(buffer, bytes->data + offset, count);
  return (int64_t)count;
}

static void try_container(const uint8_t *data, size_t count, uint64_t size) {
  struct bytes bytes = {data, count, 0};
  container_examine(read_bytes, &bytes, size);
  // a box takes 8 bytes, and Matroska's elements are few: no file makes this read more often
  if (bytes.reads > 18 + (int)(count / 8)) abort();
}

static void try_arguments(const uint8_t *data, size_t count) {
  enum { most = 40 };
  char *text = malloc(count + 1), *words[most], message[60];
  if (!text) return;
  memcpy(text, data, count);
  text[count] = 0;
  int words_count = 0;
  for (size_t i = 0; i < count && words_count < most; i += strlen(text + i) + 1) words[words_count++] = text + i;
  struct request request;
  memset(message, 'x', sizeof message);
  if (request_parse(&request, words_count, words, message, sizeof message)) {
    // the words for people end within their place
    if (!memchr(message, 0, sizeof message) || !*message) abort();
  } else if (request.job != job_version) {
    const struct limits *limits = &request.limits;
    if (!limits->bytes || !limits->pixels || !limits->memory || !limits->cpu_seconds || !limits->wall_seconds) abort();
    if (limits->threads < 1 || limits->threads > 16) abort();
    if (request.job == job_clip && (!limits->frames || !limits->seconds)) abort();
    if (!request.every || request.from >= request.to) abort();
  }
  free(text);
}

static void try_turn(const uint8_t *data) {
  int32_t matrix[9];
  memcpy(matrix, data, sizeof matrix);
  const struct turn turn = turn_of_matrix(matrix);
  const uint8_t orientation = turn_orientation(turn);
  if (orientation < 1 || orientation > 8) abort();
  // a frame of 3×2 pixels with a number each: all of them are there once
  uint8_t stored[18], upright[9], seen[6] = {0};
  for (uint8_t i = 0; i < 18; i++) stored[i] = i / 3;
  const struct stored_frame frame = {stored, 9, 3, 2, turn};
  const uint32_t width = turn.is_transposed ? 2 : 3, height = turn.is_transposed ? 3 : 2;
  for (uint32_t y = 0; y < height; y++) {
    stored_frame_row(&frame, y, upright);
    for (uint32_t x = 0; x < width; x++) seen[upright[3 * x]]++;
  }
  for (int i = 0; i < 6; i++) {
    if (seen[i] != 1) abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count) {
  if (count < 1) return 0;
  switch (data[0]) {
  case 'a': try_arguments(data + 1, count - 1); break;
  case 't':
    if (count >= 37) try_turn(data + 1);
    break;
  // a file that shrinks while it is read: longer than its bytes
  case 's': try_container(data + 1, count - 1, count + 1000); break;
  default: try_container(data + 1, count - 1, count - 1);
  }
  return 0;
}
