# Writes the plugin build id: a digest of every header that a plugin and its loader share, of the compiler and its flags.
# Two builds with one id lay out the same classes. Run at build time: cmake -DOUT= -DROOT= -DHEADERS= -DCOMPILER= -P.
set(text "${COMPILER}")
foreach(header IN LISTS HEADERS)
  file(SHA256 "${ROOT}/${header}" digest)
  string(APPEND text " ${digest}")
endforeach()
string(SHA256 id "${text}")
string(SUBSTRING "${id}" 0 16 id)
file(CONFIGURE OUTPUT "${OUT}" @ONLY CONTENT [[
#pragma once
#define KNS_PLUGIN_BUILD_ID "@id@"
]])
