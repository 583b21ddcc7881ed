# SPDX-License-Identifier: Apache-2.0
# Makes files into a C table: cmake -DOUT=assets_data.c "-DFILES=a.css;b.js" -P embed.cmake
set(ARRAYS "")
set(ROWS "")
set(INDEX 0)
foreach(FILE ${FILES})
        get_filename_component(NAME ${FILE} NAME)
        file(SHA256 ${FILE} HASH)
        string(SUBSTRING ${HASH} 0 16 HASH)
        file(READ ${FILE} BYTES HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," BYTES "${BYTES}")
        string(APPEND ARRAYS "static const unsigned char FILE_${INDEX}[] = { ${BYTES} };\n")
        string(APPEND ROWS "        { \"${NAME}\", \"${HASH}\", FILE_${INDEX}, sizeof(FILE_${INDEX}) },\n")
        math(EXPR INDEX "${INDEX} + 1")
endforeach()
file(WRITE ${OUT} "/* Made by embed.cmake from assets/. */\n#include \"daemon/web/assets.h\"\n\n"
        "${ARRAYS}\nconst struct web_asset WEB_ASSETS[] = {\n${ROWS}        { 0 },\n};\n")
