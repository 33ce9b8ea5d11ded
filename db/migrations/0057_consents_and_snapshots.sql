-- What is known of a channel's ögonblicksbilder, of consents and reviews, and of copies on paper, beside the records they belong to. Inline tables:
-- written with the event. No names, no texts: those stand sealed under the keys of the streams, and go with them.

create table archive.snapshots (
  record_id      uuid primary key,
  channel_id     uuid not null references archive.channels,
  period_from    date not null,
  period_to      date not null check (period_to >= period_from),
  occasion       text not null check (occasion in ('scheduled', 'debate', 'majorChange', 'closing', 'other')),
  covers_content boolean not null,
  covers_layout  boolean not null,
  taken_at       timestamptz not null
);
create index snapshots_of_channel on archive.snapshots (channel_id, taken_at desc);

-- Somebody asked for one besides the schedule; answered by the snapshot that names it.
create table archive.snapshot_orders (
  order_id    uuid primary key,
  channel_id  uuid not null references archive.channels,
  occasion    text not null check (occasion in ('debate', 'majorChange', 'closing', 'other')),
  due_on      date not null,
  ordered_at  timestamptz not null,
  snapshot_id uuid
);
create index snapshot_orders_open on archive.snapshot_orders (channel_id) where snapshot_id is null;

create table archive.consents (
  record_id    uuid primary key,
  authority_id uuid not null references archive.authorities,
  channels     uuid[] not null check (cardinality(channels) > 0),
  age          text not null check (age in ('adult', 'thirteenToSeventeen', 'underThirteen')),
  guardian     boolean not null,
  written      boolean not null,
  given_on     date not null,
  valid_until  date,
  withdrawn_on date
);
create index consents_of_authority on archive.consents (authority_id, given_on desc);

create table archive.consent_uses (
  consent_id    uuid not null references archive.consents,
  record_id     uuid not null,
  attachment_id uuid,
  primary key (consent_id, record_id)
);
create index consent_uses_of_record on archive.consent_uses (record_id);

create table archive.publication_reviews (
  review_id    uuid primary key,
  authority_id uuid not null references archive.authorities,
  channel_id   uuid not null references archive.channels,
  suitable     boolean not null,
  reviewed_at  timestamptz not null,
  record_id    uuid
);
create index publication_reviews_of_channel on archive.publication_reviews (channel_id, reviewed_at desc);
create index publication_reviews_of_record on archive.publication_reviews (record_id) where record_id is not null;

create table archive.paper_copies (
  copy_id     uuid primary key,
  record_id   uuid not null,
  pages       int not null check (pages > 0),
  archival    boolean not null,
  produced_on date not null
);
create index paper_copies_of_record on archive.paper_copies (record_id);

grant select, insert on archive.snapshots, archive.consent_uses, archive.paper_copies to archive_writer;
grant select, insert, update (snapshot_id) on archive.snapshot_orders to archive_writer;
grant select, insert, update (withdrawn_on) on archive.consents to archive_writer;
grant select, insert, update (record_id) on archive.publication_reviews to archive_writer;
grant select on archive.snapshots, archive.snapshot_orders, archive.consents, archive.consent_uses, archive.publication_reviews, archive.paper_copies to archive_staff, archive_cleared;
