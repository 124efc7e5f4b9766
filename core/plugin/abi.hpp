// What makes a piece of code a plugin of kns.
//
//     KNS_PLUGIN(gzip, "gzip compression by libdeflate") { registry.add_compressor("gzip", make_gzip); }
//
// One such line in one source file of `plugins/NAME/`. It gives a shared object two things: a manifest, a text in an ELF
// section of its own that is read before any of its code runs, and the function `kns_plugin_register`. Interfaces are C++,
// so a plugin must come from exactly the build it is loaded by; the build id in the manifest says so in a sentence where
// the dynamic linker would say "undefined symbol", or crash later. Linked in statically (KNS_PLUGIN_STATIC), the same
// source gives the registering function under the plugin's own name.
#pragma once

#include "core/plugin/registry.hpp"
#include "kns_plugin_build_id.hpp"  // generated: changes with the interfaces and the compiler

// A plugin with a heavy library says before that line what it gives, and is loaded only by who needs it:
//
//     #define KNS_PLUGIN_GIVES "gives=format orc\ngives=format parquet\n"

// Frozen: how a manifest is found and read by any version of kns.
//   section ".kns_plugin": "kns-plugin 1\n", then "key=value\n" lines, ended by a NUL
#define KNS_PLUGIN_MAGIC "kns-plugin 1\n"
#define KNS_PLUGIN_SECTION ".kns_plugin"

#if !defined(KNS_PLUGIN_GIVES)
#define KNS_PLUGIN_GIVES ""
#endif

#if defined(KNS_PLUGIN_STATIC)
#define KNS_PLUGIN(plugin_name, plugin_description)                              \
    extern const char* const kns_plugin_description_##plugin_name;               \
    const char* const kns_plugin_description_##plugin_name = plugin_description; \
    void kns_plugin_register_##plugin_name(::kns::Registry& registry);           \
    void kns_plugin_register_##plugin_name(::kns::Registry& registry)
#else
#define KNS_PLUGIN(plugin_name, plugin_description)                                                                    \
    __attribute__((section(KNS_PLUGIN_SECTION), used)) static const char kns_plugin_manifest[] = KNS_PLUGIN_MAGIC      \
        "name=" #plugin_name "\nbuild=" KNS_PLUGIN_BUILD_ID "\ndescription=" plugin_description "\n" KNS_PLUGIN_GIVES; \
    extern "C" __attribute__((visibility("default"))) void kns_plugin_register(::kns::Registry& registry);             \
    extern "C" void kns_plugin_register(::kns::Registry& registry)
#endif
