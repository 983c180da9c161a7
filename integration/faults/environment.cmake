# The environment's faults, the rivals and a tampered ledger, one test a part; included by integration/CMakeLists.txt.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# interlock_fault_parts(SCRIPT PART...)
function(interlock_fault_parts script)
  foreach(part ${ARGN})
    add_test(NAME faults_${script}_${part}
      COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${script}.py
        --interlock $<TARGET_FILE:interlock> --shop $<TARGET_FILE:shop> --rows 5000 --only ${part})
    set_tests_properties(faults_${script}_${part} PROPERTIES
      LABELS server TIMEOUT 900)
  endforeach()
endfunction()

interlock_fault_parts(rivals two_of_one_plan stopped_in_mid_backfill)
interlock_fault_parts(environment_restarts killed_in_backfill)
interlock_fault_parts(environment_sessions long_transaction_holds_the_table)
interlock_fault_parts(tamper truncated cloned)

if(INTERLOCK_ALL_CRASH_TESTS)
  interlock_fault_parts(tamper refused_while_the_guards_stand edited removed reordered rewritten gone
    copied_in from_the_future while_it_runs restored)
  interlock_fault_parts(rivals twenty_of_one_plan two_plans_on_two_tables
    two_plans_on_one_table two_databases_and_a_file_as_home two_databases_and_a_server_as_home)
  foreach(phase expand backfill verify rollout contract)
    if(NOT phase STREQUAL backfill)
      interlock_fault_parts(environment_restarts killed_in_${phase})
    endif()
    interlock_fault_parts(environment_restarts restarted_in_${phase})
  endforeach()
  interlock_fault_parts(environment_failover promoted_in_expand promoted_in_backfill
    promoted_in_rollout promoted_in_contract lacks_the_claim_itself
    lacks_commits_while_the_run_lives lacks_commits_after_the_run_died
    lacks_commits_and_an_anchor_tells)
  interlock_fault_parts(environment_disk full_before_the_release full_in_mid_release
    full_at_every_entry read_only_before_the_release read_only_between_runs
    read_only_in_mid_release)
  interlock_fault_parts(environment_clock an_hour_ahead an_hour_behind steps_forward steps_back
    a_soak_is_not_cut_short a_dead_runners_commands_are_not_waited_for_an_hour)
  interlock_fault_parts(environment_sessions out_of_connections out_of_connections_in_backfill
    autovacuum_at_the_same_time others_ddl_on_another_table others_index_build_on_the_table
    others_transaction_with_ddl_stays_open)
  interlock_fault_parts(environment_settings hostile_timeouts_of_the_role
    odd_settings_of_the_database shadowed_names same_text_for_every_session another_locale)
  interlock_fault_parts(meddler adds_a_column drops_the_new_column recreates_the_new_column
    recreates_the_new_column_otherwise takes_the_new_columns_name recreates_the_old_column
    drops_the_index recreates_the_index recreates_the_index_otherwise drops_the_trigger
    recreates_the_trigger_otherwise recreates_the_table)
endif()
