#ifndef POSEVAULT_TURN_H
#define POSEVAULT_TURN_H

#include <stddef.h>
#include <stdint.h>

/// How an upright pixel (x, y) finds its stored one: exchange x and y first where `is_transposed`, then count from the
/// other side of the stored frame.
struct turn {
  int is_transposed;
  int flips_x, flips_y; ///< of the stored frame
};

/// The nearest of the eight turns by right angles of a display matrix as ISO 14496-12 has it, (a b u c d v x y w).
struct turn turn_of_matrix(const int32_t matrix[9]);

/// What EXIF calls the orientation of a picture that is to be turned so: 1…8.
uint8_t turn_orientation(struct turn turn);

/// A frame as it is stored, RGB.
struct stored_frame {
  const uint8_t *rgb;
  size_t stride; ///< bytes from one row to the next
  uint32_t width, height;
  struct turn turn;
};

/// Row `y` of the upright frame.
void stored_frame_row(const struct stored_frame *frame, uint32_t y, uint8_t *rgb);

#endif
