#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int input_open(struct input *input) {
  struct stat status;
  *input = (struct input){0};
  if (fstat(STDIN_FILENO, &status)) return -1;
  input->is_file = S_ISREG(status.st_mode);
  if (input->is_file) input->size = (uint64_t)status.st_size;
  return 0;
}

int64_t input_read(void *context, uint64_t offset, uint8_t *buffer, size_t size) {
  (void)context;
  size_t count = 0;
  while (count < size) {
    ssize_t got = pread(STDIN_FILENO, buffer + count, size - count, (off_t)(offset + count));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    count += (size_t)got;
  }
  return (int64_t)count;
}

static ssize_t read_some(const struct input *input, size_t offset, uint8_t *bytes, size_t size) {
  // from its start, wherever the parent has left the position
  if (input->is_file) return input_read(NULL, offset, bytes, size);
  ssize_t got;
  do got = read(STDIN_FILENO, bytes, size);
  while (got < 0 && errno == EINTR);
  return got;
}

enum input_outcome input_read_whole(const struct input *input, uint64_t most, uint8_t **bytes, size_t *count) {
  if (input->is_file && input->size > most) return input_too_large;
  // one byte more than is expected or allowed shows the end, or that there is none
  size_t room = input->is_file ? (size_t)input->size + 1 : 1 << 16;
  uint8_t *buffer = malloc(room);
  if (!buffer) return input_out_of_memory;
  size_t used = 0;
  enum input_outcome outcome;
  for (;;) {
    ssize_t got = read_some(input, used, buffer + used, room - used);
    if (got < 0) {
      outcome = input_failed;
      break;
    }
    if (got == 0) {
      *bytes = buffer;
      *count = used;
      return input_whole;
    }
    used += (size_t)got;
    if (used > most) {
      outcome = input_too_large;
      break;
    }
    if (used < room) continue;
    room = room < most / 2 ? room * 2 : (size_t)most + 1;
    uint8_t *larger = realloc(buffer, room);
    if (!larger) {
      outcome = input_out_of_memory;
      break;
    }
    buffer = larger;
  }
  free(buffer);
  return outcome;
}
