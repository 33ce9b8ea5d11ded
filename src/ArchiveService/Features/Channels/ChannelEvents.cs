using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

public abstract record ChannelEvent : SealableEvent;

/// <summary>A channel was entered in the register. Handle, address, purpose, target group and the platform's account id stand sealed under the channel's key.</summary>
[EventName("channel_registered")]
public sealed record ChannelRegistered(Guid Authority, string Platform, IReadOnlyList<Guid> OwnAccounts, Guid Route, int PolicyVersion) : ChannelEvent;

[EventName("channel_closed")]
public sealed record ChannelClosed(DateTimeOffset ClosedAt, int PolicyVersion) : ChannelEvent;

/// <summary>The platform no longer lets the channel be read: from here on the capture has a gap.</summary>
[EventName("channel_access_lost")]
public sealed record ChannelAccessLost(DateTimeOffset? OccurredAt, string Act, Guid? Delivery) : ChannelEvent;

/// <summary>
/// Somebody approved the channel, was consulted or was told, in the function that the policy names. <paramref name="Manner"/> is decides, consulted, informed or reported. The note stands sealed.
/// </summary>
[EventName("channel_approved")]
public sealed record ChannelApproved(string Function, string Manner, int PolicyVersion) : ChannelEvent;

/// <summary>The channel's plan was written or rewritten. What it says stands sealed; <paramref name="Fields"/> names what was filled in. Signatures hold for the version they were given on.</summary>
[EventName("channel_plan_written")]
public sealed record ChannelPlanWritten(int Plan, IReadOnlyList<string> Fields, DateOnly? EvaluateBy, DateOnly? EndsOn, int? HoursPerWeek, int PolicyVersion) : ChannelEvent;

/// <summary>The plan was signed: by an administrator who takes the assignment, or by the manager who approves the activity (T-21). Who signed is the actor.</summary>
[EventName("channel_plan_signed")]
public sealed record ChannelPlanSigned(int Plan, string SignedAs, int PolicyVersion) : ChannelEvent;

/// <summary>A person was named for the channel: responsible, administrator, substitute or daily-operator. E-mail and telephone stand sealed.</summary>
[EventName("channel_administrator_named")]
public sealed record ChannelAdministratorNamed(Guid Person, string Function, int PolicyVersion) : ChannelEvent;

/// <summary>A person no longer has that function for the channel.</summary>
[EventName("channel_administrator_released")]
public sealed record ChannelAdministratorReleased(Guid Person, string Function, int PolicyVersion) : ChannelEvent;

/// <summary>A text that the channel shows its visitors was written; every version is kept, sealed.</summary>
[EventName("channel_text_written")]
public sealed record ChannelTextWritten(string Kind, int TextVersion, int PolicyVersion) : ChannelEvent;

/// <summary>The platform's terms of use were gone through (N-17, R-17). By whom and which stand sealed.</summary>
[EventName("channel_terms_reviewed")]
public sealed record ChannelTermsReviewed(DateOnly ReviewedOn, int PolicyVersion) : ChannelEvent;

/// <summary>Who holds the login details of the account, and where they are kept; never the details themselves. Sealed.</summary>
[EventName("channel_login_custody_stated")]
public sealed record ChannelLoginCustodyStated(int PolicyVersion) : ChannelEvent;

/// <summary>An item of the checklist was answered.</summary>
[EventName("channel_check_answered")]
public sealed record ChannelCheckAnswered(string Item, bool Done, int PolicyVersion) : ChannelEvent;

/// <summary>The channel is in use. <paramref name="Demanded"/> is what the policy asked for, and got (I9).</summary>
[EventName("channel_activated")]
public sealed record ChannelActivated(IReadOnlyList<string> Demanded, int PolicyVersion) : ChannelEvent;

/// <summary>The channel is closed for comments (comments-closed), or hidden from reading (hidden), for a time. Reason and public notice stand sealed.</summary>
[EventName("channel_paused")]
public sealed record ChannelPaused(string How, int PolicyVersion) : ChannelEvent;

/// <summary>The channel is open again.</summary>
[EventName("channel_resumed")]
public sealed record ChannelResumed(int PolicyVersion) : ChannelEvent;

/// <summary>The channel was evaluated (T-06); what was found stands sealed.</summary>
[EventName("channel_reviewed")]
public sealed record ChannelReviewed(DateOnly NextBy, int PolicyVersion) : ChannelEvent;

/// <summary>
/// Nobody can watch the channel from the first to the last of the days, and what is done about it (C18, R-08): covered, comments-closed, hidden or kept-open. The reason stands sealed.
/// </summary>
[EventName("channel_absence_reported")]
public sealed record ChannelAbsenceReported(DateOnly Since, DateOnly Until, string Measure, int PolicyVersion) : ChannelEvent;
