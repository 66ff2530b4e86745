-- Post file → its bytes, split into front matter and body.
local file = require "livepost.file"
local post = require "livepost.post"
local problem = require "base.problem"

local LARGEST = 16 << 20

local function run(_, context, item)
	local bytes, why = file.read(context.folder .. "/" .. item.name, LARGEST)
	if not bytes then problem.throw { path = item.path, message = why } end
	local parts, message, line, column = post.split(bytes)
	if message then context.report(problem.new { path = item.path, line = line, column = column, message = message }) end
	if not parts then return nil end
	-- unread: there is front matter, and nobody can say what is in it.
	return { bytes = bytes, front = parts.front, body = parts.body, body_line = parts.body_line, unread = message and true or nil }
end

local stage = { name = "text", scope = "post", reads = {}, run = run }
stage.examine = stage
return stage
