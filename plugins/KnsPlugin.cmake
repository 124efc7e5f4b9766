# kns_add_plugin(NAME SOURCES file... [NEEDS header library package] [LIBRARIES lib...] [BUILT_IN] [COMPONENT name])
#
# A shared object lib/kns/plugins/NAME.so beside the programs, loaded by kns-worker; or, when it is light and needs no
# library, BUILT_IN to it. KNS_STATIC_PLUGINS=ON builds all in, for sanitizers and single-file installs. Either way the one
# source line KNS_PLUGIN(NAME, "description") registers it. A library that it NEEDS and that is missing leaves it out. One of a
# COMPONENT of its own is installed with all else, and is in no Debian package.
option(KNS_STATIC_PLUGINS "Link all plugins into kns-worker" OFF)

function(kns_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "BUILT_IN" "COMPONENT" "SOURCES;NEEDS;LIBRARIES")
  if(plugin_NEEDS)
    list(POP_FRONT plugin_NEEDS header library package)
    find_path(KNS_${name}_INCLUDE ${header})
    find_library(KNS_${name}_LIBRARY ${library})
    mark_as_advanced(KNS_${name}_INCLUDE KNS_${name}_LIBRARY)
    if(NOT KNS_${name}_INCLUDE OR NOT KNS_${name}_LIBRARY)
      message(WARNING "the ${name} plugin is left out: install ${package}")
      return()
    endif()
    list(APPEND plugin_LIBRARIES ${KNS_${name}_LIBRARY})
  endif()
  set(target kns_plugin_${name})
  if(plugin_BUILT_IN OR KNS_STATIC_PLUGINS)
    add_library(${target} STATIC ${plugin_SOURCES})
    target_compile_definitions(${target} PRIVATE KNS_PLUGIN_STATIC)
    set_property(GLOBAL APPEND PROPERTY KNS_BUILT_IN_PLUGINS ${name})
  else()
    # SHARED, not MODULE: kns_flags marks everything else `nodlopen`.
    add_library(${target} SHARED ${plugin_SOURCES})
    set_target_properties(${target} PROPERTIES
      PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/kns/plugins
      CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL)  # each has its own copy of kns_base, and shows none of it
    set_property(GLOBAL APPEND PROPERTY KNS_SHARED_PLUGINS ${target})
    if(NOT plugin_COMPONENT)
      set(plugin_COMPONENT Unspecified)
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION lib/kns/plugins COMPONENT ${plugin_COMPONENT})
  endif()
  target_link_libraries(${target} PRIVATE kns_plugin_abi ${plugin_LIBRARIES})
  if(DEFINED header)
    target_include_directories(${target} PRIVATE ${KNS_${name}_INCLUDE})
  endif()
  add_dependencies(${target} kns_plugin_build_id)
endfunction()

# After the last plugin: kns_built_in_plugins, the table of those that are linked in. An explicit table, because a linker
# drops static constructors from archives that nothing else refers to.
function(kns_finish_plugins)
  get_property(built_in GLOBAL PROPERTY KNS_BUILT_IN_PLUGINS)
  get_property(shared GLOBAL PROPERTY KNS_SHARED_PLUGINS)
  set(declarations "")
  set(rows "")
  foreach(name IN LISTS built_in)
    string(APPEND declarations "extern const char* const kns_plugin_description_${name};\nvoid kns_plugin_register_${name}(kns::Registry& registry);\n")
    string(APPEND rows "        {\"${name}\", kns_plugin_description_${name}, kns_plugin_register_${name}},\n")
  endforeach()
  configure_file(built_in_plugins.cpp.in ${PROJECT_BINARY_DIR}/generated/built_in_plugins.cpp @ONLY)
  add_library(kns_built_in_plugins STATIC ${PROJECT_BINARY_DIR}/generated/built_in_plugins.cpp)
  target_include_directories(kns_built_in_plugins PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(kns_built_in_plugins PUBLIC kns_plugin_loader)
  foreach(name IN LISTS built_in)
    target_link_libraries(kns_built_in_plugins PUBLIC kns_plugin_${name})
  endforeach()
  add_custom_target(kns_shared_plugins DEPENDS ${shared})
endfunction()
