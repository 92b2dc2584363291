#include <mongoc/mongoc.h>

// Both types are aligned to 128 bytes, more than Swift knows. It sees them through opaque pointers, so it has to be
// told how much memory to allocate for one.
enum {
  mongo_bson_size = sizeof(bson_t),
  mongo_bson_iter_size = sizeof(bson_iter_t),
  mongo_bson_alignment = 128,
};
