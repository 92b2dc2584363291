#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { head_size = 8 };

struct buffer {
  size_t count;
  uint8_t bytes[512];
};

static void put(struct buffer *buffer, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) buffer->bytes[buffer->count++] = (uint8_t)(value >> (8 * i));
}

static void put_text(struct buffer *buffer, const char *text, size_t bytes) {
  size_t length = strnlen(text, bytes - 1);
  memset(buffer->bytes + buffer->count, 0, bytes);
  memcpy(buffer->bytes + buffer->count, text, length);
  buffer->count += bytes;
}

/// Nobody to write to means nothing to do: a parent that has gone ends this by SIGPIPE, any other fault here.
static void write_all(const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDOUT_FILENO, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(3);
    bytes += written;
    count -= (size_t)written;
  }
}

static void write_head(uint8_t *bytes, const char *type, uint64_t length) {
  memcpy(bytes, type, 4);
  for (size_t i = 0; i < 4; i++) bytes[4 + i] = (uint8_t)(length >> (8 * i));
}

static struct buffer begin(void) { return (struct buffer){.count = head_size}; }

static void finish(struct buffer *buffer, const char *type) {
  write_head(buffer->bytes, type, buffer->count - head_size);
  write_all(buffer->bytes, buffer->count);
}

void record_picture(const struct picture_head *head) {
  struct buffer buffer = begin();
  put(&buffer, protocol_version, 2);
  put(&buffer, head->flags, 2);
  put(&buffer, head->width, 4);
  put(&buffer, head->height, 4);
  put(&buffer, head->stored_width, 4);
  put(&buffer, head->stored_height, 4);
  put(&buffer, head->bits, 1);
  put(&buffer, head->format, 1);
  put(&buffer, 0, 2);
  finish(&buffer, "PICT");
}

void record_clip(const struct clip_head *head) {
  struct buffer buffer = begin();
  put(&buffer, protocol_version, 2);
  put(&buffer, 0, 2);
  put(&buffer, head->width, 4);
  put(&buffer, head->height, 4);
  put(&buffer, head->stored_width, 4);
  put(&buffer, head->stored_height, 4);
  put(&buffer, head->orientation, 1);
  put(&buffer, head->bits, 1);
  put(&buffer, head->primaries, 1);
  put(&buffer, head->transfer, 1);
  put(&buffer, head->matrix, 1);
  put(&buffer, head->is_full_range, 1);
  put(&buffer, head->matrix_used, 1);
  put(&buffer, head->mapping, 1);
  put(&buffer, (uint64_t)head->duration, 8);
  put(&buffer, (uint64_t)head->frames, 8);
  put(&buffer, head->rate_numerator, 4);
  put(&buffer, head->rate_denominator, 4);
  put(&buffer, head->aspect_numerator, 4);
  put(&buffer, head->aspect_denominator, 4);
  put_text(&buffer, head->codec, 16);
  put_text(&buffer, head->container, 16);
  finish(&buffer, "CLIP");
}

void record_frame(const struct frame_head *head) {
  struct buffer buffer = begin();
  put(&buffer, head->index, 8);
  put(&buffer, (uint64_t)head->time, 8);
  put(&buffer, head->flags, 4);
  finish(&buffer, "FRAM");
}

int record_pixels(const struct pixels *pixels) {
  const size_t row = (size_t)pixels->width * 3;
  const size_t rows = row < longest_record - 8 ? (longest_record - 8) / row : 1;
  uint8_t *block = malloc(head_size + 8 + row * rows);
  if (!block) return -1;
  for (uint32_t first = 0; first < pixels->height; first += (uint32_t)rows) {
    const size_t left = pixels->height - first;
    const size_t count = left < rows ? left : rows;
    struct buffer head = begin();
    put(&head, first, 4);
    put(&head, count, 4);
    write_head(head.bytes, "ROWS", 8 + row * count);
    memcpy(block, head.bytes, head.count);
    for (size_t i = 0; i < count; i++) {
      pixels->row(pixels->context, first + (uint32_t)i, block + head.count + i * row);
    }
    write_all(block, head.count + row * count);
  }
  free(block);
  return 0;
}

void record_ending(const struct ending *ending) {
  struct buffer buffer = begin();
  put(&buffer, ending->given, 8);
  put(&buffer, ending->decoded, 8);
  put(&buffer, ending->damaged, 8);
  put(&buffer, (uint64_t)ending->last, 8);
  put(&buffer, ending->flags, 4);
  finish(&buffer, "DONE");
}

int record_failure(enum failure failure, const char *words) {
  struct buffer buffer = begin();
  put(&buffer, failure, 2);
  put(&buffer, 0, 2);
  const size_t length = strnlen(words, 200);
  memcpy(buffer.bytes + buffer.count, words, length);
  buffer.count += length;
  finish(&buffer, "FAIL");
  return 1;
}
