#include "container.h"

#include <string.h>

/// Fragmented clips have two boxes for some seconds. More than these are taken as unknown rather than walked through.
enum { most_boxes = 100000 };

static uint64_t big_endian(const uint8_t *bytes, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; i++) value = value << 8 | bytes[i];
  return value;
}

static int is_type(const uint8_t *bytes) {
  for (int i = 0; i < 4; i++) {
    if (bytes[i] < 0x20 || bytes[i] > 0x7E) return 0;
  }
  return 1;
}

static enum container_end examine_boxes(container_read *read, void *context, uint64_t size) {
  uint64_t offset = 0;
  for (int count = 0; count < most_boxes; count++) {
    uint8_t head[16];
    if (offset == size) return container_whole;
    int64_t got = read(context, offset, head, sizeof head);
    if (got < 0) return container_unknown;
    // fewer bytes than a box's head: a cut one, or zeros that some recorders leave behind the last box
    if (got < 8) return big_endian(head, (size_t)got) == 0 ? container_whole : container_cut;
    if (!is_type(head + 4)) return container_unknown;
    uint64_t length = big_endian(head, 4);
    // to the end of the file, wherever that is
    if (length == 0) return container_unknown;
    if (length == 1) {
      if (got < 16) return container_cut;
      length = big_endian(head + 8, 8);
      if (length < 16) return container_unknown;
    } else if (length < 8) {
      return container_unknown;
    }
    if (length > size - offset) return container_cut;
    offset += length;
  }
  return container_unknown;
}

/// An EBML number at `bytes`, its length marker removed; 0 where it does not fit in `count` bytes.
static size_t read_size(const uint8_t *bytes, size_t count, uint64_t *value) {
  if (count == 0 || bytes[0] == 0) return 0;
  size_t length = (size_t)__builtin_clz((unsigned)bytes[0] << 24) + 1;
  if (length > count) return 0;
  uint64_t all = big_endian(bytes, length);
  uint64_t mask = (UINT64_C(1) << (7 * length)) - 1;
  *value = all & mask;
  // all ones: a length that was not known when it was written
  if (*value == mask) *value = UINT64_MAX;
  return length;
}

static enum container_end examine_segment(container_read *read, void *context, uint64_t size) {
  static const uint8_t segment[] = {0x18, 0x53, 0x80, 0x67};
  uint64_t offset = 0;
  // the header, perhaps some padding, then the segment
  for (int count = 0; count < 16; count++) {
    uint8_t head[12];
    if (offset >= size) return container_cut;
    int64_t got = read(context, offset, head, sizeof head);
    if (got < 0) return container_unknown;
    // the IDs at this level have four bytes, or one for padding and checksums
    size_t id = head[0] == 0xEC || head[0] == 0xBF ? 1 : 4;
    if ((size_t)got <= id) return container_cut;
    uint64_t length;
    size_t used = read_size(head + id, (size_t)got - id, &length);
    if (used == 0 || length == UINT64_MAX) return container_unknown;
    uint64_t content = offset + id + used;
    if (content > size || length > size - content) return container_cut;
    if (id == 4 && memcmp(head, segment, 4) == 0) return container_whole;
    offset = content + length;
  }
  return container_unknown;
}

/// What files of this family begin with.
static int is_first_type(const uint8_t *bytes) {
  static const char types[][5] = {"ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof", "uuid"};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (memcmp(bytes, types[i], 4) == 0) return 1;
  }
  return 0;
}

enum container_end container_examine(container_read *read, void *context, uint64_t size) {
  static const uint8_t ebml[] = {0x1A, 0x45, 0xDF, 0xA3};
  uint8_t head[8];
  if (read(context, 0, head, sizeof head) != (int64_t)sizeof head) return container_foreign;
  if (memcmp(head, ebml, 4) == 0) return examine_segment(read, context, size);
  if (is_first_type(head + 4)) return examine_boxes(read, context, size);
  return container_foreign;
}
