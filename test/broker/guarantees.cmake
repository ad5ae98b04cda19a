# guarantees.cmake - every test that a document promises is one that runs.
#
# cmake -D ROOT=… -P guarantees.cmake: in test/broker/GUARANTEES.md and README.md, each `program:
# test__name` must be registered in test/broker/test_PROGRAM.c, as must be each test that a list of
# several names after its program. FOLDER_PROGRAM is test/unit/FOLDER/test_PROGRAM.c.

# Without what means something in CMake's lists.
function(read_text DOCUMENT TEXT)
  file(READ ${ROOT}/${DOCUMENT} text)
  string(REGEX REPLACE "[][;]" "," text "${text}")
  set(${TEXT} "${text}" PARENT_SCOPE)
endfunction()

function(check DOCUMENT PROGRAM NAME)
  set(source ${ROOT}/test/broker/test_${PROGRAM}.c)
  if(NOT EXISTS ${source} AND PROGRAM MATCHES "^([a-z]+)_(.+)$")
    set(source ${ROOT}/test/unit/${CMAKE_MATCH_1}/test_${CMAKE_MATCH_2}.c)
  endif()
  if(EXISTS ${source})
    file(STRINGS ${source} found REGEX "(^| )(TEST|cmocka_unit_test[a-z_]*)\\(${NAME}[,)]")
    if(found)
      return()
    endif()
  endif()
  message(SEND_ERROR "${DOCUMENT} promises ${PROGRAM}: ${NAME}, which no program runs")
endfunction()

# Sets COUNT to how many tests the document names.
function(check_document DOCUMENT COUNT)
  read_text(${DOCUMENT} text)
  string(REGEX MATCHALL "`[a-z0-9_]+: [a-z0-9_]+__[a-z0-9_, ]+`" entries "${text}")
  set(count 0)
  foreach(entry IN LISTS entries)
    string(REGEX MATCH "`([a-z0-9_]+): (.*)`" ignored "${entry}")
    set(program ${CMAKE_MATCH_1})
    string(REGEX MATCHALL "[a-z0-9_]+" names "${CMAKE_MATCH_2}")
    foreach(name IN LISTS names)
      check(${DOCUMENT} ${program} ${name})
      math(EXPR count "${count} + 1")
    endforeach()
  endforeach()
  set(${COUNT} ${count} PARENT_SCOPE)
endfunction()

# Every row of the table names a test for each version: "same", or why there can be none ("— …").
function(check_rows DOCUMENT)
  read_text(${DOCUMENT} text)
  string(REGEX MATCHALL "\n\\|[^\n]*" rows "${text}")
  foreach(row IN LISTS rows)
    if(row MATCHES "^\n\\|(---| guarantee )")
      continue()
    endif()
    if(NOT row MATCHES "^\n\\|[^|]+\\| *(—|`[a-z])[^|]+\\| *(same|—|`[a-z])[^|]*\\|$")
      message(SEND_ERROR "${DOCUMENT}: this row lacks a test:${row}")
    endif()
  endforeach()
endfunction()

check_document(test/broker/GUARANTEES.md promised)
check_rows(test/broker/GUARANTEES.md)
check_document(README.md told)
if(promised EQUAL 0)
  message(SEND_ERROR "GUARANTEES.md names no test at all: has its format changed?")
endif()
message(STATUS "${promised} tests promised in GUARANTEES.md, ${told} in README.md")
