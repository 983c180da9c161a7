# MySQL Connector/C++ (its JDBC API), from Oracle's packages or as Debian has it: MySQL::Connector.
find_path(MYSQL_CONNECTOR_INCLUDE_DIR NAMES mysql/jdbc.h mysql_driver.h REQUIRED)
find_library(MYSQL_CONNECTOR_LIBRARY NAMES mysqlcppconn REQUIRED)
add_library(MySQL::Connector INTERFACE IMPORTED)
target_include_directories(MySQL::Connector SYSTEM INTERFACE ${MYSQL_CONNECTOR_INCLUDE_DIR})
target_link_libraries(MySQL::Connector INTERFACE ${MYSQL_CONNECTOR_LIBRARY})
