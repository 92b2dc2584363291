#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "CJPEG.h"

#define TEXT_OF(token) #token
#define TEXT(token) TEXT_OF(token)

static char description[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void describe(void) {
  Dl_info info;
  // a pointer to a function can't be cast to one to an object in ISO C
  void *symbol = dlsym(RTLD_DEFAULT, "jpeg_std_error");
  char *file = symbol && dladdr(symbol, &info) && info.dli_fname ? realpath(info.dli_fname, NULL) : NULL;
  const char *slash = file ? strrchr(file, '/') : NULL;
  snprintf(description, sizeof description, "%s, built with %s", slash ? slash + 1 : "library of unknown name",
           TEXT(LIBJPEG_TURBO_VERSION));
  free(file);
}

const char *cjpeg_library(void) {
  pthread_once(&once, describe);
  return description;
}
