#ifndef POSEVAULT_INPUT_H
#define POSEVAULT_INPUT_H

#include <stddef.h>
#include <stdint.h>

/// The one descriptor that is read: 0. It is looked at before the sandbox, read in it.
struct input {
  int is_file;   ///< a regular file, or one in memory: it has a size and can be read anywhere
  uint64_t size; ///< bytes, where `is_file`
};

/// 0, or -1 where descriptor 0 is not open.
int input_open(struct input *input);

/// As `container_read`: `context` is a `struct input` that is a file.
int64_t input_read(void *context, uint64_t offset, uint8_t *buffer, size_t size);

enum input_outcome { input_whole, input_too_large, input_failed, input_out_of_memory };

/// Reads all of the input, `most` bytes at most, into memory that the caller frees.
enum input_outcome input_read_whole(const struct input *input, uint64_t most, uint8_t **bytes, size_t *count);

#endif
