# Run by CPack on the files of a package: pages compressed as Debian wants them, a changelog, and why `kns` is static.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(usr ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(doc ${usr}/share/doc/kns)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # that of SOURCE_DATE_EPOCH, where it is set
file(WRITE ${doc}/changelog "kns (${CPACK_PACKAGE_VERSION}) stable; urgency=medium\n\n  * Release ${CPACK_PACKAGE_VERSION}.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(GLOB pages ${usr}/share/man/man*/*.[1-9])
execute_process(COMMAND gzip -9n ${doc}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${usr}/share/lintian/overrides/kns
"# One file without libraries to find and bind: half of what a short command costs. It uses none that needs updates
# on its own but libcrypto, for which the package is built anew.
kns: statically-linked-binary [usr/bin/kns]
kns: embedded-library
")
# Where Debian's zsh looks for what packages bring; site-functions are zsh's own.
file(MAKE_DIRECTORY ${usr}/share/zsh/vendor-completions)
file(RENAME ${usr}/share/zsh/site-functions/_kns ${usr}/share/zsh/vendor-completions/_kns)
file(REMOVE_RECURSE ${usr}/share/zsh/site-functions)
file(GLOB_RECURSE files LIST_DIRECTORIES true ${usr}/*)
foreach(file IN LISTS files)
  if(IS_DIRECTORY ${file})
    file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  elseif(file MATCHES "^${usr}/bin/")
    file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  else()
    file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  endif()
endforeach()
