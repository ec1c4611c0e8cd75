"""An engine on another machine, or in another program: any server that speaks OpenAI's protocol.

address    where it is            key        what it may be asked with
exchange   one request            events     what a server says, line by line
client     asking, with patience  refusals   what goes wrong, in words
server     what it says of itself counting   tokens, known or guessed
request    what it is asked       reading    its answer as engine events
forgetting which turns still fit  engine     all of it behind the engine contract
"""
