# The plugin exports its three entry points and nothing else (2.0 loads plugins with global symbols),
# and lacks nothing of its own: a linker takes every symbol of a plugin for the broker's.

execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${FILE}
                OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \n]+ [A-Za-z] [^\n]*" lines "${symbols}")
set(got "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE " .*" "" name "${line}")
  list(APPEND got ${name})
endforeach()
list(SORT got)
set(want mosquitto_plugin_cleanup mosquitto_plugin_init mosquitto_plugin_version)
if(NOT got STREQUAL want)
  message(FATAL_ERROR "got  ${got}\nwant ${want}")
endif()

execute_process(COMMAND ${NM} --dynamic --undefined-only --format=posix ${FILE}
                OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "eb_[a-z0-9_]+" missing "${symbols}")
if(missing)
  message(FATAL_ERROR "the plugin lacks ${missing}")
endif()
