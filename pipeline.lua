-- This site's settings; livepost(5) lists them all.
return {
	site = {
		title = "livepost",
		description = "Posts whose code was compiled, run and measured to make the page.",
		language = "en",
	},
	languages = {
		python = { extension = "py", comment = "#", run = { "python3", "{flags}", "{source}" }, package = "python3" },
		sh = { extension = "sh", comment = "#", run = { "sh", "{flags}", "{source}" }, package = "dash" },
	},
}
