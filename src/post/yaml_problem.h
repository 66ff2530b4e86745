/* Says in an author's words what libyaml found wrong. */
#ifndef LIVEPOST_POST_YAML_PROBLEM_H
#define LIVEPOST_POST_YAML_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

/* Of a parser whose parse has failed. Returns a sentence (static, or libyaml's own where there is no better) and sets
   *at to the character of the input that it is about. */
const char *yaml_problem_of(const yaml_parser_t *parser, const char *text, size_t size, size_t *at);

#endif
