# cmake -D NAME=… -D OUT=… -P embed.cmake -- file…: the C source behind eb_embed() in EventBus.cmake.

set(rows "")
set(count 0)
set(seen_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
  set(argument "${CMAKE_ARGV${index}}")
  if(NOT seen_dashes)
    if(argument STREQUAL "--")
      set(seen_dashes TRUE)
    endif()
    continue()
  endif()
  get_filename_component(name "${argument}" NAME)
  file(READ "${argument}" hex HEX)
  string(LENGTH "${hex}" len)
  math(EXPR len "${len} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
         "\\1\n" bytes "${bytes}")
  # Bytes beyond ASCII do not fit a char that is signed, hence unsigned and a cast.
  string(APPEND texts "static const unsigned char text_${count}[] = {\n${bytes}0\n};\n\n")
  string(APPEND rows "    { EB_SPAN(\"${name}\"), { (const char *)text_${count}, ${len} } },\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE "${OUT}" "#include \"base/embedded.h\"

${texts}extern const struct eb_embedded eb_embedded_${NAME}[];
extern const size_t eb_embedded_${NAME}_count;

const struct eb_embedded eb_embedded_${NAME}[] = {
${rows}};
const size_t eb_embedded_${NAME}_count = ${count};
")
