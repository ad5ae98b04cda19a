# How everything here is compiled, and the three shapes of target there are: a folder of the engine,
# a program, a test.

include(CheckCCompilerFlag)

set(EB_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, …" FORCE)
endif()

option(EB_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(EB_THREAD_SANITIZE "ThreadSanitizer" OFF)
option(EB_COVERAGE "gcov instrumentation" OFF)
option(EB_FUZZ "libFuzzer targets (clang only)" OFF)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                    -Wpointer-arith -Wundef -Wvla -fno-common)
# Tests write long JSON texts as adjacent literals; clang suspects each of a missing comma.
add_compile_options($<$<C_COMPILER_ID:Clang>:-Wno-string-concatenation>)
# gcc clears structures with `rep stos`, which takes an x86 longer to begin than an event's to be
# cleared otherwise: a tenth of a small event's time. Vector registers clear what is small.
set(EB_CLEARING -mmemset-strategy=vector_loop:2048:noalign,libcall:-1:noalign)
check_c_compiler_flag(${EB_CLEARING} EB_HAS_CLEARING)
if(EB_HAS_CLEARING AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  add_compile_options(${EB_CLEARING})
  add_link_options(${EB_CLEARING})
endif()
if(EB_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(EB_THREAD_SANITIZE)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(EB_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
if(EB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# How many times longer tests may take, and wait, than they say: nothing is lost by it but time, and that
# only where something is wrong.
set(EB_SLOWNESS 1)
if(EB_THREAD_SANITIZE OR EB_COVERAGE)
  set(EB_SLOWNESS 5)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# eb_library(NAME SOURCES file… LINK target…): the folder engine/NAME as the target eb_NAME.
function(eb_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(eb_${NAME} STATIC ${ARG_SOURCES})
  target_include_directories(eb_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/engine)
  target_link_libraries(eb_${NAME} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# eb_embed(NAME OUT file…): builds the files into the program. OUT becomes the C source to compile,
# which defines eb_embedded_NAME[] and eb_embedded_NAME_count (base/embedded.h).
function(eb_embed NAME OUT)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${NAME}.c)
  set(files "")
  foreach(file IN LISTS ARGN)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND files ${path})
  endforeach()
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D NAME=${NAME} -D OUT=${source} -P ${EB_CMAKE_DIR}/embed.cmake --
            ${files}
    DEPENDS ${files} ${EB_CMAKE_DIR}/embed.cmake
    COMMENT "Embedding ${NAME}"
    VERBATIM)
  set(${OUT} ${source} PARENT_SCOPE)
endfunction()

# eb_timeout(SECONDS test…): how long each may take, in all, where nothing slows it down.
function(eb_timeout SECONDS)
  math(EXPR seconds "${SECONDS} * ${EB_SLOWNESS}")
  set_tests_properties(${ARGN} PROPERTIES TIMEOUT ${seconds})
endfunction()

# eb_test(NAME SOURCES file… LINK target… [TIMEOUT s] [ARGS …]): a cmocka program, run by ctest from
# the source tree so that relative paths to goldens hold.
function(eb_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;ARGS" ${ARGN})
  add_executable(test_${NAME} ${ARG_SOURCES})
  target_include_directories(test_${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(test_${NAME} PRIVATE ${ARG_LINK} PkgConfig::CMOCKA)
  set_target_properties(test_${NAME} PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  add_test(NAME ${NAME} COMMAND test_${NAME} ${ARG_ARGS}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  eb_timeout(${ARG_TIMEOUT} ${NAME})
endfunction()

# eb_fuzzer(NAME SOURCES file… LINK target… [WORDS file]): a libFuzzer program in the fuzz preset;
# everywhere else a test that replays test/fuzz/corpus/NAME, and for a moment what is made of it with
# the words of test/fuzz/NAME.dict or the file.
function(eb_fuzzer NAME)
  cmake_parse_arguments(ARG "" "WORDS" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_WORDS AND EXISTS ${PROJECT_SOURCE_DIR}/test/fuzz/${NAME}.dict)
    set(ARG_WORDS ${PROJECT_SOURCE_DIR}/test/fuzz/${NAME}.dict)
  endif()
  set(words "")
  if(ARG_WORDS)
    set(words --words ${ARG_WORDS})
  endif()
  if(EB_FUZZ)
    add_executable(fuzz_${NAME} ${ARG_SOURCES})
    target_link_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${NAME} ${ARG_SOURCES})
    target_link_libraries(fuzz_${NAME} PRIVATE eb_replay)
    add_test(NAME fuzz_${NAME}
             COMMAND fuzz_${NAME} ${words} ${PROJECT_SOURCE_DIR}/test/fuzz/corpus/${NAME})
    eb_timeout(120 fuzz_${NAME})
  endif()
  target_include_directories(fuzz_${NAME} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(fuzz_${NAME} PRIVATE ${ARG_LINK})
  set_target_properties(fuzz_${NAME} PROPERTIES
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
