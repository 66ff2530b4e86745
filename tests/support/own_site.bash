# Tests of this project's own site, in a copy of it.

# Into the current folder, without what is frozen in it: it is to be measured here.
copy_own_site() {
	cp -r "$PROJECT"/{posts,examples,templates,pipeline.lua} .
	rm -rf posts/_measured
}

# Claims that are true of any machine, however busy.
make_claims_easy() {
	sed -i -E 's:^(.*\| claim\:) .+:\1 runs("roast-serial") == 5:; s:^(.*\|   -) .+:\1 runs("roast-serial") == 5:' posts/*.md
}

# For what does not ask how long things take.
make_minutes_short() { # MICROSECONDS
	sed -i "s/MINUTE 12000000LL/MINUTE $1LL/" examples/kitchen.h
}
