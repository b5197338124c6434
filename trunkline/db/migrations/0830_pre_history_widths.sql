-- How much of a history one reading takes, kept while it is far behind.

alter table hosted_histories
    add column halvings integer not null default 0,
    add column least_halvings integer not null default 0;
comment on column hosted_histories.halvings is 'How often the time one reading asks for is halved: each fault of what may have been too much does so.';
comment on column hosted_histories.least_halvings is 'What failed right behind a good reading is tried no wider until all is read.';
