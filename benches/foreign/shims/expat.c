/* expat with namespaces. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "found.h"

/* Stands between namespace and name: no URI has one. */
#define SEPARATOR '\n'

struct reader {
    XML_Parser parser;
    size_t depth;
    struct found found;
};

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes) {
    struct reader *r = user;
    const char *separator;
    if (r->depth++ == 0) return;
    r->found.elements++;
    separator = strchr(name, SEPARATOR);
    if (separator) {
        r->found.namespaces += (size_t)(separator - name);
        name = separator + 1;
    }
    r->found.names += strlen(name);
    for (; attributes[0]; attributes += 2) {
        r->found.attributes++;
        r->found.values += strlen(attributes[1]);
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name) {
    struct reader *r = user;
    (void)name;
    if (--r->depth == 1) r->found.stanzas++;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int length) {
    struct reader *r = user;
    (void)text;
    if (r->depth > 1) r->found.texts += (size_t)length;
}

struct reader *expat_new(void) {
    struct reader *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
    if (!r->parser) {
        free(r);
        return NULL;
    }
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    return r;
}

int expat_push(struct reader *r, const char *bytes, size_t length) {
    return XML_Parse(r->parser, bytes, (int)length, XML_FALSE) == XML_STATUS_OK;
}

struct found expat_found(struct reader *r) {
    /* It may have put off what came in small pieces. That the stream is not closed is an error then, as it should be. */
    XML_Parse(r->parser, "", 0, XML_TRUE);
    return r->found;
}

void expat_free(struct reader *r) {
    XML_ParserFree(r->parser);
    free(r);
}

/* It says "expat_2.5.0". */
const char *expat_version(void) {
    const char *version = XML_ExpatVersion(), *number = strchr(version, '_');
    return number ? number + 1 : version;
}
