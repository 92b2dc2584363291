#ifndef POSEVAULT_CONTAINER_H
#define POSEVAULT_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

/// Reads up to `size` bytes from `offset`; returns how many there were, or -1.
typedef int64_t container_read(void *context, uint64_t offset, uint8_t *buffer, size_t size);

enum container_end {
  container_whole,   ///< all that the outermost boxes declare is there
  container_cut,     ///< a box, or the Matroska segment, ends behind the end of the file
  container_unknown, ///< without declared lengths, or with nonsense in their place
  container_foreign, ///< of neither kind
};

/// Whether a file of `size` bytes ends before its outermost boxes (ISO 14496-12) or its Matroska segment say. Decoders
/// take what is there, and can't tell a short clip from the first half of a long one.
enum container_end container_examine(container_read *read, void *context, uint64_t size);

#endif
