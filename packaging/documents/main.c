/* SPDX-License-Identifier: Apache-2.0 */
/* documents manual <page.in >page; documents completion SHELL >file. See documents.h. */
#include "packaging/documents/documents.h"

#include <string.h>

int main(int argc, char **argv)
{
        int r = -1;

        if (argc == 2 && strcmp(argv[1], "manual") == 0)
                r = manual_write(stdin, stdout);
        else if (argc == 3 && strcmp(argv[1], "completion") == 0)
                r = completion_write(argv[2], stdout);
        else
                fprintf(stderr, "usage: documents manual | documents completion SHELL\n");
        if (fflush(stdout) != 0 || ferror(stdout)) {
                perror("documents");
                r = -1;
        }
        return r < 0;
}
