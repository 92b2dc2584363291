#include "turn.h"

#include <stdlib.h>
#include <string.h>

struct turn turn_of_matrix(const int32_t matrix[9]) {
  // x' = a·x + c·y, y' = b·x + d·y
  const int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (llabs(a) + llabs(d) >= llabs(b) + llabs(c)) return (struct turn){0, a < 0, d < 0};
  return (struct turn){1, b < 0, c < 0};
}

uint8_t turn_orientation(struct turn turn) {
  static const uint8_t straight[] = {1, 4, 2, 3}, transposed[] = {5, 6, 8, 7};
  const int flips = (turn.flips_x ? 2 : 0) + (turn.flips_y ? 1 : 0);
  return turn.is_transposed ? transposed[flips] : straight[flips];
}

void stored_frame_row(const struct stored_frame *frame, uint32_t y, uint8_t *rgb) {
  const struct turn turn = frame->turn;
  const uint8_t *source;
  ptrdiff_t step;
  uint32_t count;
  if (turn.is_transposed) {
    const uint32_t column = turn.flips_x ? frame->width - 1 - y : y;
    const uint32_t row = turn.flips_y ? frame->height - 1 : 0;
    source = frame->rgb + row * frame->stride + (size_t)column * 3;
    step = turn.flips_y ? -(ptrdiff_t)frame->stride : (ptrdiff_t)frame->stride;
    count = frame->height;
  } else {
    const uint32_t row = turn.flips_y ? frame->height - 1 - y : y;
    const uint32_t column = turn.flips_x ? frame->width - 1 : 0;
    source = frame->rgb + row * frame->stride + (size_t)column * 3;
    step = turn.flips_x ? -3 : 3;
    count = frame->width;
  }
  if (step == 3) {
    memcpy(rgb, source, (size_t)count * 3);
    return;
  }
  for (uint32_t x = 0; x < count; x++) {
    rgb[3 * x] = source[0];
    rgb[3 * x + 1] = source[1];
    rgb[3 * x + 2] = source[2];
    source += step;
  }
}
