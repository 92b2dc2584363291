#ifndef POSEVAULT_COLOUR_H
#define POSEVAULT_COLOUR_H

#include <stddef.h>
#include <stdint.h>

/// What is done to a frame's RGB beyond its matrix. The numbers are part of the protocol.
enum mapping {
  mapping_none = 0,
  mapping_hlg = 1,    ///< ITU-R BT.2100 HLG, shown at 1000 cd/m², to sRGB
  mapping_pq = 2,     ///< ITU-R BT.2100 PQ to sRGB
  mapping_bt2020 = 3, ///< the colours of ITU-R BT.2020 to those of BT.709, both with the display's gamma of 2.4
};

/// What `transfer` and `primaries`, as ISO 23091-2 numbers them, ask for.
enum mapping mapping_for(int primaries, int transfer);

/// Tables for one mapping; about 100 KB.
struct colour_tables {
  enum mapping mapping;
  int has_wide_primaries;
  float linear[4096];   ///< of the upper 12 bits of a sample
  float brighter[4097]; ///< HLG's gain by scene luminance 0…1
  uint8_t shown[32769]; ///< the 8-bit value of linear light 0…`peak`
  float peak;
};

void colour_tables_fill(struct colour_tables *tables, enum mapping mapping, int primaries);

/// Turns `count` pixels of 16-bit RGB into 8-bit sRGB.
void colour_map_row(const struct colour_tables *tables, const uint16_t *wide, uint8_t *rgb, size_t count);

#endif
