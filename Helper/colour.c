#include "colour.h"

#include <math.h>

// ITU-R BT.2408: graphics white, 203 cd/m², is 1 here. The light beyond it is compressed into the rest of the range.
static const double white = 203, hlg_peak = 1000;

enum { primaries_bt2020 = 9, transfer_pq = 16, transfer_hlg = 18 };

enum mapping mapping_for(int primaries, int transfer) {
  if (transfer == transfer_hlg) return mapping_hlg;
  if (transfer == transfer_pq) return mapping_pq;
  return primaries == primaries_bt2020 ? mapping_bt2020 : mapping_none;
}

/// ITU-R BT.2100, table 5: scene light 0…1 of an HLG signal 0…1.
static double hlg_scene_light(double signal) {
  static const double a = 0.17883277, b = 0.28466892, c = 0.55991073;
  return signal <= 0.5 ? signal * signal / 3 : (exp((signal - c) / a) + b) / 12;
}

/// ITU-R BT.2100, table 4: cd/m² of a PQ signal 0…1.
static double pq_light(double signal) {
  static const double m1 = 0.1593017578125, m2 = 78.84375, c1 = 0.8359375, c2 = 18.8515625, c3 = 18.6875;
  const double power = pow(signal, 1 / m2);
  const double above = power - c1;
  return 10000 * pow((above < 0 ? 0 : above) / (c2 - c3 * power), 1 / m1);
}

static double linear_light(enum mapping mapping, double signal) {
  switch (mapping) {
  case mapping_hlg: return hlg_scene_light(signal);
  case mapping_pq: return pq_light(signal) / white;
  default: return pow(signal, 2.4);
  }
}

/// IEC 61966-2-1.
static double srgb_signal(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

/// The signal 0…1 that shows `light`: for HDR compressed by Reinhard's curve, which leaves shadows as they are and
/// takes `peak` to 1.
static double shown_signal(enum mapping mapping, double light, double peak) {
  if (mapping == mapping_bt2020) return pow(light, 1 / 2.4);
  return srgb_signal(light * (1 + light / (peak * peak)) / (1 + light));
}

void colour_tables_fill(struct colour_tables *tables, enum mapping mapping, int primaries) {
  tables->mapping = mapping;
  tables->has_wide_primaries = primaries == primaries_bt2020;
  tables->peak = mapping == mapping_bt2020 ? 1 : (float)(hlg_peak / white);
  for (int i = 0; i < 4096; i++) tables->linear[i] = (float)linear_light(mapping, i / 4095.0);
  // ITU-R BT.2100, table 5: the system gamma of 1.2 at 1000 cd/m² acts on luminance
  for (int i = 0; i <= 4096; i++) tables->brighter[i] = (float)(hlg_peak / white * pow(i / 4096.0, 0.2));
  for (int i = 0; i <= 32768; i++) {
    const double signal = shown_signal(mapping, i / 32768.0 * tables->peak, tables->peak);
    tables->shown[i] = (uint8_t)lrint(255 * (signal < 0 ? 0 : signal > 1 ? 1 : signal));
  }
}

static uint8_t shown(const struct colour_tables *tables, float light) {
  const float position = light * (32768 / tables->peak) + 0.5F;
  return tables->shown[position <= 0 ? 0 : position >= 32768 ? 32768 : (int)position];
}

void colour_map_row(const struct colour_tables *tables, const uint16_t *wide, uint8_t *rgb, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float red = tables->linear[wide[3 * i] >> 4];
    float green = tables->linear[wide[3 * i + 1] >> 4];
    float blue = tables->linear[wide[3 * i + 2] >> 4];
    if (tables->mapping == mapping_hlg) {
      const float luminance = (0.2627F * red + 0.6780F * green + 0.0593F * blue) * 4096;
      const int step = luminance >= 4095 ? 4095 : (int)luminance;
      const float low = tables->brighter[step];
      const float gain = low + (tables->brighter[step + 1] - low) * (luminance - (float)step);
      red *= gain;
      green *= gain;
      blue *= gain;
    }
    if (tables->has_wide_primaries) {
      // ITU-R BT.2407, 2.2
      const float r = red, g = green, b = blue;
      red = 1.6605F * r - 0.5876F * g - 0.0728F * b;
      green = -0.1246F * r + 1.1329F * g - 0.0083F * b;
      blue = -0.0182F * r - 0.1006F * g + 1.1187F * b;
    }
    rgb[3 * i] = shown(tables, red);
    rgb[3 * i + 1] = shown(tables, green);
    rgb[3 * i + 2] = shown(tables, blue);
  }
}
