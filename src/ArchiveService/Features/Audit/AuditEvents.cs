using ArchiveService.EventStore;
using ArchiveService.Features.Persons;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Audit;

/// <summary>Somebody logged in on the pages.</summary>
[EventName("logged_in")]
public sealed record LoggedIn : PersonEvent;

/// <summary>Somebody logged out.</summary>
[EventName("logged_out")]
public sealed record LoggedOut : PersonEvent;

/// <summary>A log-in failed: the first time in an hour for that person. How often stands in a table, so that a flood of attempts fills nothing.</summary>
[EventName("log_in_failed")]
public sealed record LogInFailed : PersonEvent;

/// <summary>After <paramref name="Failures"/> failures in a row the account is closed until then.</summary>
[EventName("account_locked")]
public sealed record AccountLocked(int Failures, DateTimeOffset Until) : PersonEvent;

public abstract record LogInEvent : SealableEvent;

/// <summary>Somebody tried to log in with a name that nobody has: the first time in an hour. The name stands nowhere: it may be a password in the wrong field.</summary>
[EventName("unknown_log_in_failed")]
public sealed record UnknownLogInFailed : LogInEvent;

/// <summary>Somebody read the log of administration and readings: what was asked for, by kind, by whom, about whom and whose.</summary>
[EventName("audit_opened")]
public sealed record AuditOpened(string? Kind, Guid? Actor, Guid? Subject, Guid? Authority) : PersonEvent;

/// <summary>Somebody took <paramref name="Rows"/> lines of that log away as a file.</summary>
[EventName("audit_exported")]
public sealed record AuditExported(string? Kind, Guid? Actor, Guid? Subject, Guid? Authority, int Rows) : PersonEvent;
