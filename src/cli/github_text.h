// An error as an annotation of GitHub's pull request checks.
#pragma once

#include <string>

#include "base/error.h"

namespace interlock::cli {

/// "::error file=F,line=L,col=C,title=CODE::message"; without a place in the message, only the
/// title.  Line ends and the separators are encoded as GitHub asks.  Pure.
std::string GithubAnnotation(const Error& error);

}  // namespace interlock::cli
