/* Everything that libexpat says about a document, as one block of records:
 *   kind (1 byte), offset in the document, bytes of the document, number of strings (4 bytes each), then the strings,
 *   each a length (4 bytes, all ones for none) and its bytes.
 * Numbers are in the byte order of the machine. Out of memory ends the process: this is for tests. */
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(XML_Char) == 1, "libexpat must speak UTF-8");

struct records {
    XML_Parser parser;
    unsigned char *bytes;
    size_t len;
    size_t room;
    int ends_at_doctype;
    int ended;
};

static void put(struct records *records, const void *bytes, size_t len) {
    if (records->room - records->len < len) {
        records->room = 2 * records->room + len;
        records->bytes = realloc(records->bytes, records->room);
        if (!records->bytes) abort();
    }
    if (len) memcpy(records->bytes + records->len, bytes, len);
    records->len += len;
}

static void put_number(struct records *records, uint32_t number) { put(records, &number, sizeof number); }

static void put_string(struct records *records, const char *string, size_t len) {
    put_number(records, string ? (uint32_t)len : UINT32_MAX);
    if (string) put(records, string, len);
}

static void begin(struct records *records, char kind, uint32_t strings) {
    put(records, &kind, 1);
    put_number(records, (uint32_t)XML_GetCurrentByteIndex(records->parser));
    put_number(records, (uint32_t)XML_GetCurrentByteCount(records->parser));
    put_number(records, strings);
}

static size_t length(const char *string) { return string ? strlen(string) : 0; }

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes) {
    uint32_t count = 0;
    while (attributes[count]) count++;
    begin(data, '<', count + 1);
    put_string(data, name, strlen(name));
    for (uint32_t i = 0; i < count; i++) put_string(data, attributes[i], strlen(attributes[i]));
}

static void XMLCALL on_end(void *data, const XML_Char *name) {
    (void)name;
    begin(data, '>', 0);
}

static void XMLCALL on_text(void *data, const XML_Char *text, int len) {
    begin(data, 't', 1);
    put_string(data, text, (size_t)len);
}

static void XMLCALL on_cdata(void *data) { begin(data, '[', 0); }

static void XMLCALL on_comment(void *data, const XML_Char *text) {
    (void)text;
    begin(data, '-', 0);
}

static void XMLCALL on_instruction(void *data, const XML_Char *target, const XML_Char *text) {
    (void)target;
    (void)text;
    begin(data, '?', 0);
}

static void XMLCALL on_declaration(void *data, const XML_Char *version, const XML_Char *encoding, int standalone) {
    (void)standalone;
    begin(data, 'x', 2);
    put_string(data, version, length(version));
    put_string(data, encoding, length(encoding));
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                               int internal) {
    struct records *records = data;
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    begin(records, 'D', 0);
    if (records->ends_at_doctype) {
        records->ended = 1;
        XML_StopParser(records->parser, XML_FALSE);
    }
}

static void XMLCALL on_doctype_end(void *data) { begin(data, 'd', 0); }

/* Reads a whole document, or up to its document type. The block is to be given back to xmpp_expat_free. */
unsigned char *xmpp_expat_read(const char *document, int len, int ends_at_doctype, size_t *block_len) {
    struct records records = {0};
    /* No character of XML, so that it stands in no namespace and no name. */
    records.parser = XML_ParserCreateNS("UTF-8", '\1');
    if (!records.parser) abort();
    records.ends_at_doctype = ends_at_doctype;
    XML_SetUserData(records.parser, &records);
    XML_SetElementHandler(records.parser, on_start, on_end);
    XML_SetCharacterDataHandler(records.parser, on_text);
    XML_SetCdataSectionHandler(records.parser, on_cdata, NULL);
    XML_SetCommentHandler(records.parser, on_comment);
    XML_SetProcessingInstructionHandler(records.parser, on_instruction);
    XML_SetXmlDeclHandler(records.parser, on_declaration);
    XML_SetDoctypeDeclHandler(records.parser, on_doctype, on_doctype_end);
    if (XML_Parse(records.parser, document, len, 1) != XML_STATUS_OK && !records.ended) {
        const enum XML_Error error = XML_GetErrorCode(records.parser);
        const char *words = XML_ErrorString(error);
        begin(&records, '!', 1);
        put_string(&records, words, length(words));
    }
    XML_ParserFree(records.parser);
    *block_len = records.len;
    return records.bytes;
}

void xmpp_expat_free(unsigned char *block) { free(block); }
