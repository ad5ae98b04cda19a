# cmake -D PROGRAM=event-bus -D PART=files -D IN=page.in -D OUT=page -P manual.cmake: puts what the
# program says of itself where the page has @FILES@.
execute_process(COMMAND ${PROGRAM} --mdoc ${PART} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
file(READ ${IN} page)
string(TOUPPER ${PART} mark)
string(REPLACE "@${mark}@" "${text}" page "${page}")
file(WRITE ${OUT} "${page}")
