/* What a peer has found below the header of a stream; the same as `Found` in src/lib.rs. Lengths are in bytes. */
#ifndef FOUND_H
#define FOUND_H

#include <stddef.h>

struct found {
    size_t stanzas;
    size_t elements;
    size_t names;
    size_t namespaces;
    size_t attributes;
    size_t values;
    size_t texts;
};

#endif
