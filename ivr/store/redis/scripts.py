"""What must happen at once, in Lua: each script touches one caller's keys and nothing else (but for
a copy's, which no call waits for).

A caller is an array of MessagePack, laid out as `form.Known`. Lua's numbers are doubles, as
Python's are: a moment comes back as it went. What Redis did of a script that fails stays done, so
each reads and reckons before it writes: one that finds a damaged caller leaves nothing behind.
"""

from __future__ import annotations

from typing import Final

from ivr.store.redis.commands import Script

#: Reading and summing up. `less` compares bytes: Lua's `<` goes by the server's locale.
_SUMS: Final = """
local VERSION, GENERATION, RELEASES, AGENT, AGENT_AT = 1, 2, 3, 4, 5
local ANSWERED, ANSWERED_AT, BARE, SINCE, DAYS, MONTHS, DOC, ERASED = 6, 7, 8, 9, 10, 11, 13, 14
-- what a lookup asks for at the most, 62 days, stays at hand
local MANY, FEW = 96, 32

local function known(text)
    if text then return cmsgpack.unpack(text) end
    return {0, 0, {}, '', 0, '', 0, 0, -1000000, {}, {}, {}, ''}
end

local function less(a, b)
    for i = 1, math.min(#a, #b) do
        local x, y = string.byte(a, i), string.byte(b, i)
        if x ~= y then return x < y end
    end
    return #a < #b
end

local function cut(array, first, last)
    local kept = {}
    for i = 1, #array do
        if i < first or i > last then kept[#kept + 1] = array[i] end
    end
    return kept
end

-- a list of (key, second key, sum, sum), in order of its keys; a first sum of nothing is left out
local function add(list, key, second, a, b)
    local at = 1
    while list[at] and (list[at] < key or (list[at] == key and less(list[at + 1], second))) do
        at = at + 4
    end
    if list[at] == key and list[at + 1] == second then
        list[at + 2], list[at + 3] = list[at + 2] + a, list[at + 3] + b
        if list[at + 2] == 0 then return cut(list, at, at + 3) end
        return list
    end
    table.insert(list, at, key)
    table.insert(list, at + 1, second)
    table.insert(list, at + 2, a)
    table.insert(list, at + 3, b)
    return list
end

local function add_older(key, day, about, ended, answered)
    local list = {}
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, day, day)) do
        for _, value in ipairs(cmsgpack.unpack(member)) do list[#list + 1] = value end
    end
    redis.call('ZREMRANGEBYSCORE', key, day, day)
    list = add(list, day, about, ended, answered)
    for at = 1, #list, 4 do
        local member = {list[at], list[at + 1], list[at + 2], list[at + 3]}
        redis.call('ZADD', key, day, cmsgpack.pack(member))
    end
end

local function spill(caller, key)
    local list = caller[DAYS]
    if #list <= 4 * MANY then return end
    local first = list[4 * FEW + 1]
    local last = 0
    while list[last + 1] < first do
        add_older(key, list[last + 1], list[last + 2], list[last + 3], list[last + 4])
        last = last + 4
    end
    if last > 0 then caller[DAYS], caller[SINCE] = cut(list, 1, last), first end
end

-- c: a contact, as `form.facts` tells it; by: 1 counts it, -1 takes it out of the sums
local function count(caller, key, c, about, marked, by)
    local answered = c.answered and by or 0
    if c.day >= caller[SINCE] then
        caller[DAYS] = add(caller[DAYS], c.day, about, by, answered)
        spill(caller, key)
    else
        add_older(key, c.day, about, by, answered)
    end
    if c.answered and about == '' and not c.asked_for then
        caller[MONTHS] = add(caller[MONTHS], c.month, '', by, marked and by or 0)
    end
end

local function name_last(caller, c, id, bare)
    if not c.answered then return end
    local at, agent = caller[AGENT_AT], caller[AGENT]
    if c.agent ~= '' and
        (agent == '' or at < c.ended or (at == c.ended and less(agent, c.agent))) then
        caller[AGENT], caller[AGENT_AT] = c.agent, c.ended
    end
    at = caller[ANSWERED_AT]
    if caller[ANSWERED] == '' or at < c.ended or
        (at == c.ended and not less(id, caller[ANSWERED])) then
        caller[ANSWERED], caller[ANSWERED_AT], caller[BARE] = id, c.ended, bare and 1 or 0
    end
end

local function save(key, caller)
    caller[VERSION] = caller[VERSION] + 1
    redis.call('SET', key, cmsgpack.pack(caller))
end
"""

#: KEYS: caller, older sums, ledger. ARGV: id, facts, what is kept beside owner and case, whether it
#: is somebody's. 0: it is known. 2: it ended before the number was erased.
RECORD: Final = Script(
    _SUMS
    + """
local id, c = ARGV[1], cmsgpack.unpack(ARGV[2])
if redis.call('HEXISTS', KEYS[3], id) == 1 then return 0 end
local caller = known(ARGV[4] == '1' and redis.call('GET', KEYS[1]))

if caller[ERASED] and c.ended <= caller[ERASED] then return 2 end

local owner = caller[GENERATION]
for _, at in ipairs(caller[RELEASES]) do
    if at > c.started then owner = owner - 1 end
end

local function about()
    if c.case ~= '' or owner ~= caller[GENERATION] or caller[DOC] == '' then return c.case end
    local newest, found = nil, ''
    for _, case in ipairs(cjson.decode(caller[DOC]).cases or {}) do
        local fits = case[2] == cjson.null or (c.has_topic and case[2] == c.topic)
        if fits and (newest == nil or case[4][3] > newest) then
            newest, found = case[4][3], case[1]
        end
    end
    return found
end

local case = about()
local counts = ARGV[4] == '1' and owner == caller[GENERATION]
if counts then
    count(caller, KEYS[2], c, case, c.marked ~= '', 1)
    name_last(caller, c, id, c.note == '')
end
local head = cmsgpack.pack(owner, case, c.note, c.disposition, c.marked)
redis.call('HSET', KEYS[3], id, head .. ARGV[3])
if counts then save(KEYS[1], caller) end
return 1
"""
)

#: KEYS: caller, older sums, ledger, journal. ARGV: id, facts, the contact as it was and as it is to
#: be, before and after as `{owner, case, marked, note}`, the journal's entry, whether it is
#: somebody's. 0: it is not as it was.
ANNOTATE: Final = Script(
    _SUMS
    + """
local id, c = ARGV[1], cmsgpack.unpack(ARGV[2])
if redis.call('HGET', KEYS[3], id) ~= ARGV[3] then return 0 end
local before, after = cmsgpack.unpack(ARGV[5]), cmsgpack.unpack(ARGV[6])
local caller = known(ARGV[8] == '1' and redis.call('GET', KEYS[1]))
local counts = ARGV[8] == '1' and before[1] == caller[GENERATION]
if counts then
    count(caller, KEYS[2], c, before[2], before[3] ~= '', -1)
    count(caller, KEYS[2], c, after[2], after[3] ~= '', 1)
    name_last(caller, c, id, after[4] == '')
end
redis.call('HSET', KEYS[3], id, ARGV[4])
redis.call('RPUSH', KEYS[4], ARGV[7])
if counts then save(KEYS[1], caller) end
return 1
"""
)

#: KEYS: caller, journal, older sums. ARGV: the version that was read (0: nobody was known), the
#: caller to be, whether older sums go, entries of the journal. 0: somebody was quicker.
CHANGE: Final = Script(
    """
local text = redis.call('GET', KEYS[1])
local version = text and cmsgpack.unpack(text)[1] or 0
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[3] == '1' then redis.call('DEL', KEYS[3]) end
for i = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
return 1
"""
)

#: KEYS: caller, journal, older sums, ledger, consents. ARGV: the version that was read, how many
#: contacts and entries of the journal there were, the caller to be, how many consents go, their
#: ids, entries of the journal to be. 0: somebody was quicker.
ERASE: Final = Script(
    """
local text = redis.call('GET', KEYS[1])
local version = text and cmsgpack.unpack(text)[1] or 0
if version ~= tonumber(ARGV[1]) or redis.call('HLEN', KEYS[4]) ~= tonumber(ARGV[2]) or
    redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[4])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
local last = 5 + tonumber(ARGV[5])
for i = 6, last do redis.call('HDEL', KEYS[5], ARGV[i]) end
for i = last + 1, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
return 1
"""
)

#: KEYS: caller, consents. ARGV: the version that was read, the caller to be, the consent's id and
#: itself, the run id of the server that was found reconciled. 0: somebody was quicker, or it is
#: another server by now.
CONSENT: Final = Script(
    """
local text = redis.call('GET', KEYS[1])
local version = text and cmsgpack.unpack(text)[1] or 0
local here = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if version ~= tonumber(ARGV[1]) or here ~= ARGV[5] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return 1
"""
)

#: KEYS: consents. ARGV: the id of one that is there, which is written again as it is, and the run
#: id as in CONSENT. 0: it was removed, or it is another server by now.
REWRITE: Final = Script(
    """
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local here = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not kept or here ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], kept)
return 1
"""
)

#: KEYS: the days on which an engine was there. ARGV: month, a bit for each day of it.
ATTEND: Final = Script(
    """
local days = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
redis.call('HSET', KEYS[1], ARGV[1], bit.bor(days, tonumber(ARGV[2])))
"""
)

#: KEYS: the servers that are reconciled. ARGV: those that are from now on, and no others.
TRUST: Final = Script(
    """
redis.call('DEL', KEYS[1])
redis.call('SADD', KEYS[1], unpack(ARGV))
"""
)

#: KEYS: the moment since which some server is not trusted. The first one stays.
DOUBT: Final = Script(
    """
redis.call('SET', KEYS[1], redis.call('TIME')[1], 'NX')
"""
)

#: KEYS: the day before which contacts were removed. ARGV: a day. The later one stays.
RETIRE: Final = Script(
    """
local before = redis.call('GET', KEYS[1])
if not before or before < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1]) end
"""
)

#: KEYS: the version. ARGV: what must be there (nothing: none is), what takes its place. 1: it did.
TAKE: Final = Script(
    """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
)

#: KEYS: the version. ARGV: what must be there; of each command, how many words it has, and these.
#: 1: all are done; 0: none is. It touches whatever a copy writes: not for a cluster.
COPY: Final = Script(
    """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local at = 2
while ARGV[at] do
    local last = at + tonumber(ARGV[at])
    redis.call(unpack(ARGV, at + 1, last))
    at = last + 1
end
return 1
"""
)
