// pugixml: a tree a stanza. It resolves no namespaces and checks little.
#include <pugixml.hpp>

#include <cstring>

#include "found.h"

namespace {

// White space alone is text too, as it is for everybody else here.
constexpr unsigned options = pugi::parse_default | pugi::parse_ws_pcdata;

void look(const pugi::xml_node &element, found &all) {
    const char *name = element.name();
    const char *colon = std::strchr(name, ':');
    all.elements++;
    all.names += std::strlen(colon ? colon + 1 : name);
    for (pugi::xml_attribute attribute : element.attributes()) {
        if (std::strncmp(attribute.name(), "xmlns", 5) == 0) continue;
        all.attributes++;
        all.values += std::strlen(attribute.value());
    }
    for (pugi::xml_node child : element.children()) {
        if (child.type() == pugi::node_element) look(child, all);
        else all.texts += std::strlen(child.value());
    }
}

} // namespace

extern "C" {

pugi::xml_document *pugixml_new() { return new (std::nothrow) pugi::xml_document; }

// Makes the tree, and looks at all that is in it if told so.
int pugixml_stanza(pugi::xml_document *tree, const char *bytes, size_t length, int read, found *all) {
    if (!tree->load_buffer(bytes, length, options, pugi::encoding_utf8)) return 0;
    all->stanzas++;
    if (read) look(tree->first_child(), *all);
    return 1;
}

void pugixml_free(pugi::xml_document *tree) { delete tree; }

const char *pugixml_version() {
    static char version[] = {'0' + PUGIXML_VERSION / 1000, '.', '0' + PUGIXML_VERSION / 100 % 10,
                             '0' + PUGIXML_VERSION / 10 % 10, 0};
    return version;
}
}
