# The environment's faults, the rivals and a tampered ledger, one test a part; included by integration/CMakeLists.txt.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# interlock_fault_parts(SERVER SCRIPT PART...): those that are there already stay.
function(interlock_fault_parts server script)
  foreach(part ${ARGN})
    set(name faults_${script}_${part})
    set(options --only ${part})
    if(NOT server STREQUAL postgresql)
      string(APPEND name _${server})
      list(APPEND options --server ${server})
    endif()
    if(NOT TEST ${name})
      add_test(NAME ${name}
        COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${script}.py
          --interlock $<TARGET_FILE:interlock> --shop $<TARGET_FILE:shop> --rows 5000 ${options})
      set_tests_properties(${name} PROPERTIES LABELS server TIMEOUT 900)
    endif()
  endforeach()
endfunction()

interlock_fault_parts(postgresql rivals two_of_one_plan stopped_in_mid_backfill)
interlock_fault_parts(postgresql environment_restarts killed_in_backfill)
interlock_fault_parts(postgresql environment_sessions long_transaction_holds_the_table)
interlock_fault_parts(postgresql tamper truncated cloned)
interlock_fault_parts(mariadb rivals two_plans_on_one_table)
interlock_fault_parts(mariadb tamper cloned)
interlock_fault_parts(mysql environment_sessions long_transaction_holds_the_table)
interlock_fault_parts(mariadb environment_sessions long_transaction_is_ended)
interlock_fault_parts(mysql environment_settings same_text_for_every_session)

if(INTERLOCK_ALL_CRASH_TESTS)
  foreach(server postgresql mariadb mysql)
    interlock_fault_parts(${server} tamper refused_while_the_guards_stand edited removed truncated
      reordered rewritten gone copied_in from_the_future while_it_runs cloned restored)
    interlock_fault_parts(${server} rivals two_of_one_plan twenty_of_one_plan stopped_in_mid_backfill
      two_plans_on_two_tables two_plans_on_one_table two_databases_and_a_file_as_home
      two_databases_and_a_server_as_home)
    foreach(phase expand backfill verify rollout contract)
      interlock_fault_parts(${server} environment_restarts killed_in_${phase} restarted_in_${phase})
    endforeach()
    interlock_fault_parts(${server} environment_disk full_before_the_release full_in_mid_release
      full_at_every_entry read_only_before_the_release read_only_between_runs
      read_only_in_mid_release)
    interlock_fault_parts(${server} environment_clock an_hour_ahead an_hour_behind steps_forward
      steps_back a_soak_is_not_cut_short a_dead_runners_commands_are_not_waited_for_an_hour)
    interlock_fault_parts(${server} environment_sessions out_of_connections
      out_of_connections_in_backfill long_transaction_holds_the_table long_transaction_is_ended
      upkeep_at_the_same_time others_ddl_on_another_table others_index_build_on_the_table others_ddl_does_not_come_about)
    interlock_fault_parts(${server} environment_settings hostile_timeouts_of_the_role
      odd_settings_of_the_database shadowed_names same_text_for_every_session another_locale)
  endforeach()
  interlock_fault_parts(postgresql environment_failover promoted_in_expand promoted_in_backfill
    promoted_in_rollout promoted_in_contract lacks_the_claim_itself
    lacks_commits_while_the_run_lives lacks_commits_after_the_run_died
    lacks_commits_and_an_anchor_tells)
  interlock_fault_parts(postgresql meddler adds_a_column drops_the_new_column
    recreates_the_new_column recreates_the_new_column_otherwise takes_the_new_columns_name
    recreates_the_old_column drops_the_index recreates_the_index recreates_the_index_otherwise
    drops_the_trigger recreates_the_trigger_otherwise recreates_the_table)
endif()
