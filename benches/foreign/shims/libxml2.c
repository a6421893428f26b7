/* libxml2's push parser with SAX2: namespaces are resolved, no tree is made. */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "found.h"

struct reader {
    xmlParserCtxtPtr parser;
    size_t depth;
    struct found found;
};

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int declarations,
                     const xmlChar **declared, int count, int defaulted, const xmlChar **attributes) {
    struct reader *r = user;
    (void)prefix, (void)declarations, (void)declared, (void)defaulted;
    if (r->depth++ == 0) return;
    r->found.elements++;
    r->found.names += strlen((const char *)name);
    if (uri) r->found.namespaces += strlen((const char *)uri);
    /* Five pointers each: name, prefix, namespace, value, end of the value. */
    for (int i = 0; i < count; i++, attributes += 5) {
        r->found.attributes++;
        r->found.values += (size_t)(attributes[4] - attributes[3]);
    }
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    struct reader *r = user;
    (void)name, (void)prefix, (void)uri;
    if (--r->depth == 1) r->found.stanzas++;
}

static void on_text(void *user, const xmlChar *text, int length) {
    struct reader *r = user;
    (void)text;
    if (r->depth > 1) r->found.texts += (size_t)length;
}

struct reader *libxml2_new(void) {
    struct reader *r = calloc(1, sizeof *r);
    xmlSAXHandler sax;
    if (!r) return NULL;
    memset(&sax, 0, sizeof sax);
    sax.initialized = XML_SAX2_MAGIC;
    sax.startElementNs = on_start;
    sax.endElementNs = on_end;
    sax.characters = on_text;
    sax.ignorableWhitespace = on_text;
    sax.cdataBlock = on_text;
    r->parser = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
    if (!r->parser) {
        free(r);
        return NULL;
    }
    /* Without it, more than 10 MB at a time are refused. */
    xmlCtxtUseOptions(r->parser, XML_PARSE_NONET | XML_PARSE_HUGE);
    return r;
}

int libxml2_push(struct reader *r, const char *bytes, size_t length) {
    return xmlParseChunk(r->parser, bytes, (int)length, 0) == XML_ERR_OK;
}

struct found libxml2_found(struct reader *r) { return r->found; }

void libxml2_free(struct reader *r) {
    xmlFreeParserCtxt(r->parser);
    free(r);
}

const char *libxml2_version(void) { return LIBXML_DOTTED_VERSION; }
