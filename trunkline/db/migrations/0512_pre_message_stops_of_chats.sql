-- Numbers of chats whose owners want no more messages of rules.

comment on table message_stops is 'E-mail addresses, and numbers of chats: said by the link in a message; taken back where somebody writes down that their contact allows it.';
