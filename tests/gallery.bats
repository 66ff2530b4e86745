# The gallery of figures is made, the same every time, and is sound.

load support/livepost

@test "the gallery is the same every time, and every drawing in it is well formed" {
	local first=$BATS_TEST_TMPDIR/first second=$BATS_TEST_TMPDIR/second
	mkdir "$first" "$second"
	cd "$PROJECT"
	"${LIVEPOST%/*}/tests/lua-host" tests/gallery/gallery.lua "$second" &
	run -0 "${LIVEPOST%/*}/tests/lua-host" tests/gallery/gallery.lua "$first"
	wait "$!"
	cmp "$first/index.html" "$second/index.html"
	# What stands between <svg and </svg>, as one document.
	{
		echo '<all>'
		awk '/<svg /, /<\/svg>/' "$first/index.html" | sed -n 's/^.*\(<svg \)/\1/; s/\(<\/svg>\).*$/\1/; p'
		echo '</all>'
	} >"$BATS_TEST_TMPDIR/all.xml"
	assert [ "$(grep -c '<svg ' "$BATS_TEST_TMPDIR/all.xml")" -ge 200 ]
	run -0 xmllint --huge --noout "$BATS_TEST_TMPDIR/all.xml"
}
