#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "CJPEG.h"

struct encoder {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
};

static void fail(j_common_ptr info) { longjmp(((struct encoder *)info->client_data)->escape, 1); }

static void say_nothing(j_common_ptr info) { (void)info; }

cjpeg_status cjpeg_encode_rgb(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes, unsigned long *count) {
  struct encoder encoder = {0};
  struct jpeg_compress_struct *info = &encoder.info;
  info->err = jpeg_std_error(&encoder.errors);
  encoder.errors.error_exit = fail;
  encoder.errors.output_message = say_nothing;
  info->client_data = &encoder;
  if (setjmp(encoder.escape)) {
    // what it grew to is not known here, and a stale address must not be freed
    *bytes = NULL;
    jpeg_destroy_compress(info);
    return CJPEG_NO_MEMORY;
  }
  jpeg_create_compress(info);
  jpeg_mem_dest(info, bytes, count);
  info->image_width = width;
  info->image_height = height;
  info->input_components = 3;
  info->in_color_space = JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  info->comp_info[0].h_samp_factor = 1;
  info->comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < height) {
    JSAMPROW row = (JSAMPROW)pixels + 3 * (size_t)width * info->next_scanline;
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
  jpeg_destroy_compress(info);
  return CJPEG_OK;
}
