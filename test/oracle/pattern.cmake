# Event patterns: the naive oracle, the index as it is, and with faults.
add_library(eb_pattern_oracle STATIC draw_pattern.c naive_pattern.c)
target_include_directories(eb_pattern_oracle PUBLIC ${PROJECT_SOURCE_DIR}/test)
target_link_libraries(eb_pattern_oracle PUBLIC eb_pattern)

add_library(eb_pattern_oracle_test OBJECT test_oracle_pattern.c)
target_link_libraries(eb_pattern_oracle_test PUBLIC eb_pattern_oracle PkgConfig::CMOCKA)
eb_test(oracle_pattern SOURCES $<TARGET_OBJECTS:eb_pattern_oracle_test> LINK eb_pattern_oracle)

# eb_pattern_variant(NAME FILE FROM TO [FILE FROM TO …]): the oracle's test against engine/pattern
# with some of its text replaced. Files whose text is replaced are compiled anew; the linker takes
# the rest from eb_pattern.
function(eb_pattern_variant NAME)
  set(directory ${PROJECT_SOURCE_DIR}/engine/pattern)
  set(sources "")
  while(ARGN)
    list(POP_FRONT ARGN file from to)
    if(NOT file IN_LIST sources)
      list(APPEND sources ${file})
      file(READ ${directory}/${file} text_${file})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${directory}/${file})
    endif()
    string(FIND "${text_${file}}" "${from}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${NAME}: no \"${from}\" in ${file}")
    endif()
    string(REPLACE "${from}" "${to}" text_${file} "${text_${file}}")
  endwhile()
  set(replaced "")
  foreach(file IN LISTS sources)
    file(CONFIGURE OUTPUT ${NAME}/${file} CONTENT "${text_${file}}" @ONLY)
    list(APPEND replaced ${CMAKE_CURRENT_BINARY_DIR}/${NAME}/${file})
  endforeach()
  eb_test(oracle_pattern_${NAME} SOURCES ${replaced} $<TARGET_OBJECTS:eb_pattern_oracle_test>
          LINK eb_pattern_oracle)
endfunction()

# Nodes as deep as they go: in sets as small as these the index would else hardly be needed.
set(deep index_node.c "REFINE_MIN = 4" "REFINE_MIN = 1"
         rule_index_build.c "FEW_RULES = 4" "FEW_RULES = 0")
eb_pattern_variant(deep ${deep})

# Deliberate faults, each of which the oracle must find. One kind of build is enough for that.
if(EB_FUZZ OR NOT EB_SANITIZE)
  return()
endif()
function(eb_pattern_fault NAME FILE FROM TO)
  eb_pattern_variant(fault_${NAME} ${deep} ${FILE} ${FROM} ${TO})
  set_tests_properties(oracle_pattern_fault_${NAME} PROPERTIES WILL_FAIL TRUE)
endfunction()
eb_pattern_fault(low_end index_ranges.c ".low <= group->place" ".low < group->place")
eb_pattern_fault(high_end index_ranges.c ".high >= group->place" ".high > group->place")
eb_pattern_fault(whole_prefix index_collect.c "*measures <= text.len" "*measures < text.len")
eb_pattern_fault(folded index_collect.c "EB_KEY_FOLDED_STARTS, value->folded"
                 "EB_KEY_FOLDED_STARTS, value->text")
eb_pattern_fault(family index_collect.c "is_v6 == (address" "is_v6 != (address")
eb_pattern_fault(twice rule_index_match.c "number == last" "number == last && !number")
eb_pattern_fault(twice_alone rule_index_match.c "found->entry == settled" "found->entry == settled + 1")
eb_pattern_fault(has_more rule_index_match.c "count == results->max" "count > results->max")
eb_pattern_fault(absent index_choice.c "if (field->can_be_absent)" "if (false)")
eb_pattern_fault(branch index_filing.c "eb_choose_item(&draft->census, branch)"
                 "eb_item_branches(item).next + 1")
eb_pattern_fault(last_window index_windows.c "at + len <= text.len" "at + len < text.len")
eb_pattern_fault(exists index_collect.c "follow(matching, access->exists)" "(void)0")
eb_pattern_fault(measures index_notes.c "last->measure == measure" "(measure || true)")
eb_pattern_fault(goes_on index_slots.c "->ways |=" "->ways &=")
eb_pattern_fault(other_keys rule_index_match.c "finding != NOT_BY_THIS_KEY" "true")
eb_pattern_fault(other_predicates index_node.c "is_alone = end - start == 1" "is_alone = 1")
eb_pattern_fault(other_branches index_proof.c "is_whole = !filed->scope" "is_whole = 1")
eb_pattern_fault(rest_of_proof index_proof.c "at = at->outer" "at = NULL")
eb_pattern_fault(shared_items rule_index_match.c "one < worst ? one" "one > worst ? one")
eb_pattern_fault(order rule_index_match.c "*runs[child + 1].next < *runs[child].next"
                 "*runs[child + 1].next > *runs[child].next")
