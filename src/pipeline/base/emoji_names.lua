-- The usual emoji by the names that GitHub gave them.
local NAMES = [[
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 100 💯 1234 🔢 airplane ✈️ alarm_clock ⏰ alien 👽 ambulance 🚑 anchor ⚓ angel 👼
anger 💢 angry 😠 ant 🐜 apple 🍎 arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrow_up ⬆️ art 🎨 astonished 😲
baby 👶 balloon 🎈 banana 🍌 bar_chart 📊 battery 🔋 bear 🐻 bee 🐝 beer 🍺 beers 🍻 beetle 🐞 bell 🔔 bicyclist 🚴 bike 🚲
bird 🐦 birthday 🎂 blossom 🌼 blue_heart 💙 blush 😊 boat ⛵ bomb 💣 book 📖 bookmark 🔖 books 📚 boom 💥 bow 🙇 bowling 🎳
bread 🍞 bridge_at_night 🌉 briefcase 💼 broken_heart 💔 bug 🐛 bulb 💡 bullettrain_side 🚄 burrito 🌯 bus 🚌 cactus 🌵 cake 🍰
calendar 📆 camera 📷 candle 🕯️ car 🚗 card_index 📇 carrot 🥕 cat 🐱 chart 💹 chart_with_downwards_trend 📉
chart_with_upwards_trend 📈 checkered_flag 🏁 cheese 🧀 cherries 🍒 chess_pawn ♟️ chicken 🐔 chocolate_bar 🍫 clap 👏 clapper 🎬
clipboard 📋 clock1 🕐 clock12 🕛 cloud ☁️ coffee ☕ cold_sweat 😰 collision 💥 computer 💻 confetti_ball 🎊 confused 😕
construction 🚧 construction_worker 👷 cookie 🍪 cool 🆒 cow 🐮 crab 🦀 credit_card 💳 crossed_fingers 🤞 crown 👑 cry 😢
crystal_ball 🔮 cupid 💘 dancer 💃 dart 🎯 dash 💨 date 📅 desktop_computer 🖥️ disappointed 😞 dizzy 💫 dizzy_face 😵 dna 🧬
dog 🐶 dollar 💵 dolphin 🐬 door 🚪 doughnut 🍩 dragon 🐉 droplet 💧 duck 🦆 eagle 🦅 ear 👂 earth_africa 🌍 earth_americas 🌎
earth_asia 🌏 egg 🥚 elephant 🐘 email 📧 envelope ✉️ exclamation ❗ exploding_head 🤯 expressionless 😑 eyeglasses 👓 eyes 👀
facepalm 🤦 factory 🏭 fallen_leaf 🍂 fast_forward ⏩ fearful 😨 feather 🪶 ferris_wheel 🎡 file_folder 📁 fire 🔥
fire_engine 🚒 fireworks 🎆 fish 🐟 fist ✊ flags 🎏 flashlight 🔦 floppy_disk 💾 flushed 😳 football 🏈
footprints 👣 fork_and_knife 🍴 four_leaf_clover 🍀 fox_face 🦊 frog 🐸 fuelpump ⛽ full_moon 🌕 game_die 🎲 gear ⚙️ gem 💎
ghost 👻 gift 🎁 globe_with_meridians 🌐 goat 🐐 green_heart 💚 grey_exclamation ❕ grey_question ❔ grin 😁 grinning 😀
guitar 🎸 hammer 🔨 hammer_and_wrench 🛠️ hand ✋ handshake 🤝 hankey 💩 hatched_chick 🐥 hatching_chick 🐣 headphones 🎧
hear_no_evil 🙉 heart ❤️ heart_eyes 😍 heartbeat 💓 heavy_check_mark ✔️ hedgehog 🦔 helicopter 🚁 herb 🌿 hibiscus 🌺 honeybee 🐝
horse 🐴 hospital 🏥 hot_pepper 🌶️ hourglass ⌛ hourglass_flowing_sand ⏳ house 🏠 hugs 🤗 hushed 😯 ice_cream 🍨 inbox_tray 📥
information_source ℹ️ innocent 😇 iphone 📱 jack_o_lantern 🎃 jigsaw 🧩 joy 😂 kangaroo 🦘 key 🔑 keyboard ⌨️ kiss 💋
kissing_heart 😘 kiwi_fruit 🥝 label 🏷️ ladder 🪜 laughing 😆 leaves 🍃 ledger 📒 lemon 🍋 link 🔗 lion 🦁 lipstick 💄
lock 🔒 lollipop 🍭 loop ➿ loudspeaker 📢 love_letter 💌 mag 🔍 mag_right 🔎 magnet 🧲 mailbox 📫
man_technologist 👨‍💻 map 🗺️ maple_leaf 🍁 mask 😷 medal_sports 🏅 mega 📣 memo 📝 metal 🤘 microphone 🎤 microscope 🔬 milky_way 🌌
money_with_wings 💸 monkey 🐒 monkey_face 🐵 moon 🌔 mortar_board 🎓 mountain ⛰️ mouse 🐭 movie_camera 🎥 muscle 💪 mushroom 🍄
musical_note 🎵 mute 🔇 nerd_face 🤓 neutral_face 😐 new 🆕 newspaper 📰 no_entry ⛔ no_entry_sign 🚫 no_good 🙅 notebook 📓 notes 🎶
nut_and_bolt 🔩 ocean 🌊 octopus 🐙 ok 🆗 ok_hand 👌 open_file_folder 📂 open_mouth 😮 orange_heart 🧡 outbox_tray 📤
owl 🦉 package 📦 page_facing_up 📄 panda_face 🐼 paperclip 📎 parrot 🦜 partying_face 🥳 pause_button ⏸️ peach 🍑 pencil 📝
pencil2 ✏️ penguin 🐧 pensive 😔 phone ☎️ pig 🐷 pill 💊 pineapple 🍍 pizza 🍕 point_down 👇 point_left 👈 point_right 👉 point_up ☝️
police_car 🚓 poop 💩 popcorn 🍿 potato 🥔 pray 🙏 printer 🖨️ purple_heart 💜 pushpin 📌 question ❓ rabbit 🐰
racehorse 🐎 racing_car 🏎️ radio 📻 rage 😡 railway_car 🚃 rainbow 🌈 raised_hand ✋ raised_hands 🙌 ram 🐏 recycle ♻️ red_circle 🔴
relaxed ☺️ relieved 😌 repeat 🔁 rice 🍚 robot 🤖 rocket 🚀 rofl 🤣 roller_coaster 🎢 rolling_eyes 🙄 rose 🌹 rotating_light 🚨
round_pushpin 📍 runner 🏃 running 🏃 sailboat ⛵ salt 🧂 sandwich 🥪 satellite 📡 scissors ✂️ scream 😱 scroll 📜 see_no_evil 🙈
seedling 🌱 shallow_pan_of_food 🥘 shamrock ☘️ shark 🦈 sheep 🐑 shield 🛡️ ship 🚢 shower 🚿 shrug 🤷 shushing_face 🤫 skull 💀
sleeping 😴 sleepy 😪 slightly_smiling_face 🙂 sloth 🦥 smile 😄 smiley 😃 smirk 😏 smoking 🚬 snail 🐌 snake 🐍 snowflake ❄️
snowman ⛄ sob 😭 soccer ⚽ sound 🔉 sparkle ❇️ sparkler 🎇 sparkles ✨ speak_no_evil 🙊 speaker 🔈 speech_balloon 💬 spider 🕷️
spider_web 🕸️ spoon 🥄 squid 🦑 star ⭐ star2 🌟 stars 🌠 stew 🍲 stop_sign 🛑 stopwatch ⏱️ strawberry 🍓 stuck_out_tongue 😛
sun_with_face 🌞 sunflower 🌻 sunglasses 😎 sunny ☀️ sunrise 🌅 sushi 🍣 sweat 😓 sweat_smile 😅 syringe 💉 taco 🌮 tada 🎉
taxi 🚕 tea 🍵 telephone ☎️ telescope 🔭 tennis 🎾 test_tube 🧪 thermometer 🌡️ thinking 🤔 thought_balloon 💭 thread 🧵
ticket 🎫 tiger 🐯 timer_clock ⏲️ tomato 🍅 toolbox 🧰 tooth 🦷 top 🔝 tractor 🚜 traffic_light 🚥 train 🚋 tram 🚊 tree 🌳
triangular_flag_on_post 🚩 triumph 😤 trophy 🏆 truck 🚚 tulip 🌷 turkey 🦃 turtle 🐢 twisted_rightwards_arrows 🔀 two_hearts 💕
umbrella ☔ unamused 😒 unicorn 🦄 unlock 🔓 upside_down_face 🙃 v ✌️ vertical_traffic_light 🚦 video_camera 📹 video_game 🎮
violin 🎻 volcano 🌋 walking 🚶 warning ⚠️ wastebasket 🗑️ watch ⌚ watermelon 🍉 wave 👋 weary 😩 whale 🐳 wheel_of_dharma ☸️
wheelchair ♿ white_check_mark ✅ wind_face 🌬️ wine_glass 🍷 wink 😉 wolf 🐺 woman_technologist 👩‍💻 world_map 🗺️ worried 😟
wrench 🔧 x ❌ yarn 🧶 yellow_heart 💛 yum 😋 zap ⚡ zebra 🦓 zipper_mouth_face 🤐 zzz 💤
]]

local M = {}
for name, sign in NAMES:gmatch("(%S+)%s+(%S+)") do M[name] = sign end
return M
