#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

#include "records.h"

void picture_prepare(void) {
#if LIBHEIF_NUMERIC_VERSION >= 0x010d0000
  // decoders may be plugins, which are files
  heif_init(NULL);
#endif
}

void picture_print_version(void) {
  picture_prepare();
  printf("libheif %s\n", heif_get_version());
  printf("heic %s\n", heif_have_decoder_for_format(heif_compression_HEVC) ? "yes" : "no");
  printf("avif %s\n", heif_have_decoder_for_format(heif_compression_AV1) ? "yes" : "no");
}

/// Before 1.16, libheif turns samples of more than 8 bits into RGB first and into 8 bits then, and clips in between.
static int reduces_late(void) { return heif_get_version_number() < 0x01100000; }

/// How luma and chroma become RGB: the weights of red and blue in luma, and the same as newer libheif has them, in
/// 1/256.
struct matrix {
  float red, blue;
  int cr_red, cb_green, cr_green, cb_blue;
};

static const struct matrix bt601 = {0.299F, 0.114F, 359, -88, -183, 454};
static const struct matrix bt709 = {0.2126F, 0.0722F, 403, -48, -120, 475};
static const struct matrix bt2020 = {0.2627F, 0.0593F, 377, -42, -146, 482};

/// The picture as libheif gives it: in three planes, which it has anyway before 1.16, or interleaved.
struct decoded {
  uint32_t width, height;
  int is_planar;
  int bits;
  const struct matrix *matrix; ///< by which more than 8 bits are reduced; NULL: by leaving out the low bits of RGB
  const uint8_t *plane[3];
  size_t stride[3];
};

static uint8_t clip_byte(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static const uint16_t *wide_row(const struct decoded *decoded, int channel, uint32_t y) {
  return (const uint16_t *)(const void *)(decoded->plane[channel] + y * decoded->stride[channel]);
}

/// Writes a row of more than 8 bits a sample as newer libheif, and so pillow-heif, has 4:2:0 in full range: first luma
/// and chroma lose their low bits, then become RGB in steps of 1/256.
static void reduce_row(const struct decoded *decoded, uint32_t y, uint8_t *rgb) {
  const uint16_t *red = wide_row(decoded, 0, y), *green = wide_row(decoded, 1, y), *blue = wide_row(decoded, 2, y);
  const int shift = decoded->bits - 8, most = (1 << decoded->bits) - 1;
  const struct matrix matrix = *decoded->matrix;
  // none of what is cut off below is negative, so that half a step more rounds it; lrintf takes five times as long
  const float middle = (float)(1 << (decoded->bits - 1)) + 0.5F;
  const float blueness = 1 / (2 * (1 - matrix.blue)), redness = 1 / (2 * (1 - matrix.red));
  for (uint32_t x = 0; x < decoded->width; x++) {
    const float r = red[x], g = green[x], b = blue[x];
    const float luma = matrix.red * r + (1 - matrix.red - matrix.blue) * g + matrix.blue * b;
    const int wide_cb = (int)((b - luma) * blueness + middle), wide_cr = (int)((r - luma) * redness + middle);
    const int low = (int)(luma + 0.5F) >> shift;
    const int cb = ((wide_cb < most ? wide_cb : most) >> shift) - 128;
    const int cr = ((wide_cr < most ? wide_cr : most) >> shift) - 128;
    rgb[3 * x] = clip_byte(low + ((matrix.cr_red * cr + 128) >> 8));
    rgb[3 * x + 1] = clip_byte(low + ((matrix.cb_green * cb + matrix.cr_green * cr + 128) >> 8));
    rgb[3 * x + 2] = clip_byte(low + ((matrix.cb_blue * cb + 128) >> 8));
  }
}

/// The same for all other kinds: RGB loses its low bits.
static void cut_row(const struct decoded *decoded, uint32_t y, uint8_t *rgb) {
  for (int channel = 0; channel < 3; channel++) {
    const uint16_t *row = wide_row(decoded, channel, y);
    for (size_t x = 0; x < decoded->width; x++) rgb[3 * x + (size_t)channel] = clip_byte(row[x] >> (decoded->bits - 8));
  }
}

/// Whether the configurations of streams (ISO 14496-15 `hvcC`, AV1-ISOBMFF `av1C`) name 4:2:0, and nothing finer.
/// libheif 1.15 does not tell. Where a file misleads this, samples are a level or two off.
static int has_coarse_chroma(const uint8_t *bytes, size_t count) {
  int found = 0;
  const size_t end = count < (1 << 20) ? count : 1 << 20;
  for (size_t at = 0; at + 21 <= end; at++) {
    if (memcmp(bytes + at, "hvcC", 4) == 0) {
      const int chroma = bytes[at + 20] & 3;
      if (chroma > 1) return 0;
      found |= chroma;
    } else if (memcmp(bytes + at, "av1C", 4) == 0) {
      const int is_grey = bytes[at + 6] >> 4 & 1, halves = bytes[at + 6] >> 2 & 3;
      if (!is_grey && halves != 3) return 0;
      found |= !is_grey;
    }
  }
  return found;
}

/// The matrix by which newer libheif reduces this picture in luma and chroma; NULL where it does so in RGB.
static const struct matrix *find_matrix(struct heif_image_handle *handle, int is_coarse) {
  if (!is_coarse) return NULL;
  struct heif_color_profile_nclx *profile = NULL;
  const struct matrix *matrix = &bt601;
  if (heif_image_handle_get_nclx_color_profile(handle, &profile).code == heif_error_Ok && profile) {
    if (profile->matrix_coefficients == heif_matrix_coefficients_ITU_R_BT_709_5) matrix = &bt709;
    if (profile->matrix_coefficients == heif_matrix_coefficients_ITU_R_BT_2020_2_non_constant_luminance)
      matrix = &bt2020;
    if (!profile->full_range_flag) matrix = NULL;
    heif_nclx_color_profile_free(profile);
  }
  return matrix;
}

static void write_row(const void *context, uint32_t y, uint8_t *rgb) {
  const struct decoded *decoded = context;
  if (!decoded->is_planar) {
    const uint8_t *row = decoded->plane[0] + y * decoded->stride[0];
    for (size_t i = 0; i < (size_t)decoded->width * 3; i++) rgb[i] = row[i];
  } else if (decoded->bits > 8 && decoded->matrix) {
    reduce_row(decoded, y, rgb);
  } else if (decoded->bits > 8) {
    cut_row(decoded, y, rgb);
  } else {
    for (int channel = 0; channel < 3; channel++) {
      const uint8_t *row = decoded->plane[channel] + y * decoded->stride[channel];
      for (size_t x = 0; x < decoded->width; x++) rgb[3 * x + (size_t)channel] = row[x];
    }
  }
}

/// Points `decoded` at the planes of `image`. 0, or -1 where they are not what was asked for.
static int find_planes(struct decoded *decoded, const struct heif_image *image) {
  static const enum heif_channel planar[] = {heif_channel_R, heif_channel_G, heif_channel_B};
  static const enum heif_channel interleaved[] = {heif_channel_interleaved};
  const enum heif_channel *channels = decoded->is_planar ? planar : interleaved;
  const int width = heif_image_get_width(image, channels[0]), height = heif_image_get_height(image, channels[0]);
  if (width <= 0 || height <= 0) return -1;
  decoded->width = (uint32_t)width;
  decoded->height = (uint32_t)height;
  decoded->bits = heif_image_get_bits_per_pixel_range(image, channels[0]);
  if (decoded->bits < 8 || decoded->bits > (decoded->is_planar ? 16 : 8)) return -1;
  for (int i = 0; i < (decoded->is_planar ? 3 : 1); i++) {
    int stride = 0;
    decoded->plane[i] = heif_image_get_plane_readonly(image, channels[i], &stride);
    decoded->stride[i] = (size_t)stride;
    if (!decoded->plane[i] || stride <= 0 || heif_image_get_width(image, channels[i]) != width ||
        heif_image_get_height(image, channels[i]) != height ||
        heif_image_get_bits_per_pixel_range(image, channels[i]) != decoded->bits) {
      return -1;
    }
  }
  return 0;
}

static int fail_as(struct heif_error error) {
  if (error.code == heif_error_Memory_allocation_error) {
    // libheif's own limits count as this
    if (error.subcode == heif_suberror_Security_limit_exceeded) {
      return record_failure(failure_too_large, "The picture is beyond what its decoder takes.");
    }
    return record_failure(failure_memory, "The picture needs more memory than a picture may.");
  }
  if (error.code == heif_error_Unsupported_filetype || error.code == heif_error_Unsupported_feature) {
    return record_failure(failure_unsupported, "The picture is of a kind that its decoder doesn't know.");
  }
  return record_failure(failure_damaged, "The picture can't be decoded.");
}

/// 1 HEIC, 2 AVIF, as the brands of the file's first box say; 0 neither. libheif also tries files of other families.
static uint8_t format_of(const uint8_t *bytes, size_t count) {
  static const char still[][5] = {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1"};
  uint8_t format = 0;
  if (count < 16 || memcmp(bytes + 4, "ftyp", 4) != 0) return 0;
  const size_t length = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
  const size_t end = length < count ? length : count;
  for (size_t at = 8; at + 4 <= end && at < 1024; at += 4) {
    // the version between the first brand and the others
    if (at == 12) continue;
    if (memcmp(bytes + at, "avif", 4) == 0 || memcmp(bytes + at, "avis", 4) == 0) return 2;
    for (size_t i = 0; i < sizeof still / sizeof *still; i++) {
      if (memcmp(bytes + at, still[i], 4) == 0) format = 1;
    }
  }
  return format;
}

/// What the file declares, before any of it is decoded. 0, or the exit status of a failure that was recorded.
static int read_head(struct heif_image_handle *handle, const struct limits *limits, uint8_t format,
                     struct picture_head *head) {
  const int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
  const int stored_width = heif_image_handle_get_ispe_width(handle);
  const int stored_height = heif_image_handle_get_ispe_height(handle);
  if (width <= 0 || height <= 0 || stored_width <= 0 || stored_height <= 0) {
    return record_failure(failure_damaged, "The picture has no size.");
  }
  // what is stored costs, what a crop leaves of it does not count
  const uint64_t pixels = (uint64_t)stored_width * (uint64_t)stored_height;
  if (pixels > limits->pixels || (uint64_t)width * (uint64_t)height > limits->pixels) {
    return record_failure(failure_too_large, "The picture has too many pixels.");
  }
  const int bits = heif_image_handle_get_luma_bits_per_pixel(handle);
  *head = (struct picture_head){
      .width = (uint32_t)width,
      .height = (uint32_t)height,
      .stored_width = (uint32_t)stored_width,
      .stored_height = (uint32_t)stored_height,
      // the most that there is, where it is not known
      .bits = (uint8_t)(bits > 0 && bits <= 16 ? bits : 16),
      .format = format,
      .flags = heif_image_handle_has_alpha_channel(handle) ? 1 : 0,
  };
  return 0;
}

static int write_picture(struct heif_image_handle *handle, const struct request *request, struct picture_head head,
                         int is_coarse) {
  struct decoded decoded = {.is_planar = reduces_late(), .matrix = find_matrix(handle, is_coarse)};
  struct heif_decoding_options *options = heif_decoding_options_alloc();
  if (!options) return record_failure(failure_memory, "There is no memory to decode the picture.");
  options->convert_hdr_to_8bit = !decoded.is_planar;
  struct heif_image *image = NULL;
  const struct heif_error error = heif_decode_image(
      handle, &image, heif_colorspace_RGB, decoded.is_planar ? heif_chroma_444 : heif_chroma_interleaved_RGB, options);
  heif_decoding_options_free(options);
  if (error.code != heif_error_Ok) return fail_as(error);
  if (find_planes(&decoded, image)) {
    heif_image_release(image);
    return record_failure(failure_unsupported, "The picture's samples are of a kind that is not read.");
  }
  // a stream inside may be larger than the file around it says
  if ((uint64_t)decoded.width * decoded.height > request->limits.pixels) {
    heif_image_release(image);
    return record_failure(failure_too_large, "The picture has too many pixels.");
  }
  // a crop between two pixels is rounded in more than one way
  head.width = decoded.width;
  head.height = decoded.height;
  record_picture(&head);
  const struct pixels source = {decoded.width, decoded.height, write_row, &decoded};
  const int failed = record_pixels(&source);
  heif_image_release(image);
  if (failed) return record_failure(failure_memory, "There is no memory to write the picture.");
  record_ending(&(struct ending){.given = 1, .decoded = 1});
  return 0;
}

static int decode_bytes(const struct request *request, const uint8_t *bytes, size_t count) {
  const uint8_t format = format_of(bytes, count);
  if (format == 0) return record_failure(failure_unsupported, "This is neither HEIC nor AVIF.");
  struct heif_context *context = heif_context_alloc();
  if (!context) return record_failure(failure_memory, "There is no memory to decode the picture.");
  heif_context_set_max_decoding_threads(context, (int)request->limits.threads);
  struct heif_error error = heif_context_read_from_memory_without_copy(context, bytes, count, NULL);
  struct heif_image_handle *handle = NULL;
  int status;
  if (error.code == heif_error_Ok) {
    error = heif_context_get_primary_image_handle(context, &handle);
  }
  if (error.code != heif_error_Ok) {
    status = fail_as(error);
  } else {
    struct picture_head head;
    status = read_head(handle, &request->limits, format, &head);
    if (status == 0 && request->job == job_head) {
      record_picture(&head);
      record_ending(&(struct ending){0});
    } else if (status == 0) {
      status = write_picture(handle, request, head, has_coarse_chroma(bytes, count));
    }
    heif_image_handle_release(handle);
  }
  heif_context_free(context);
  return status;
}

int picture_decode(const struct request *request, const struct input *input) {
  uint8_t *bytes = NULL;
  size_t count = 0;
  switch (input_read_whole(input, request->limits.bytes, &bytes, &count)) {
  case input_whole: break;
  case input_too_large: return record_failure(failure_too_large, "The file has too many bytes.");
  case input_failed: return record_failure(failure_input, "The file could not be read.");
  case input_out_of_memory: return record_failure(failure_memory, "There is no memory to read the file.");
  }
  const int status = decode_bytes(request, bytes, count);
  free(bytes);
  return status;
}
