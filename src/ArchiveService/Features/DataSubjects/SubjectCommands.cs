using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DataSubjects;

/// <summary>Asks the person for what is needed to know who it is (art. 12.6).</summary>
public sealed record AskIdentity(string? How, DateOnly? AskedOn = null)
{
    public const int MostText = 4000;

    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Policy policy, DateOnly today)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        if (state.IsIdentified) return new Refusal("already-identified", "Identiteten är redan klarlagd.");
        if (How?.Trim() is not { Length: > 0 and <= MostText } how) return Refusal.Input("how-missing", "Skriv hur personen ombads visa vem det är.");
        var on = AskedOn ?? today;
        return SubjectRequests.Day(state, on, today) ?? (Decision)new Happened(new DataSubjectIdentityAsked(on, policy.Version), KeyClass.Request, new Parts().With("how", how));
    }
}

/// <summary>Writes down how it was made sure who the person is. Before that nothing is looked for, shown or handed out.</summary>
/// <param name="Means"><c>idDocument</c>, <c>electronicId</c>, <c>accountMessage</c>, <c>representative</c>, <c>other</c>.</param>
/// <param name="Message">The record that was written from the account, for <c>accountMessage</c>.</param>
public sealed record IdentifySubject(string? Means, Guid? Message = null, string? Note = null)
{
    /// <summary>Pure. <paramref name="messageIsHere"/>: the authority holds that record, received from outside, and the caller may know of it.</summary>
    public Decision Decide(SubjectState state, bool messageIsHere, Policy policy)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        var means = SubjectWords.Means.FirstOrDefault(m => m.Word == Means);
        if (means.Word is null) return Refusal.Input("means-unknown", $"Sättet kan vara: {string.Join(", ", SubjectWords.Means.Select(m => m.Word))}.");
        var note = ReceiveSubjectRequest.Trimmed(Note);
        if (note is { Length: > AskIdentity.MostText }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 4 000 tecken.");
        if (means.Means is IdentityMeans.Representative or IdentityMeans.Other && note is null) return Refusal.Input("note-missing", "Skriv vilket ombud och vilken fullmakt det är, eller hur identiteten klarlades.");
        if (means.Means == IdentityMeans.AccountMessage && !(Message is not null && messageIsHere))
            return Refusal.Input("message-missing", "Ange det meddelande (message) som kom från kontot. Det ska finnas hos myndigheten.");
        return new Happened(new DataSubjectIdentified(means.Means, means.Means == IdentityMeans.AccountMessage ? Message : null, policy.Version), KeyClass.Request, new Parts().With("note", note));
    }
}

/// <summary>Says that an account, or a case, is the person's, and why.</summary>
public sealed record LinkSubject(Guid? Account = null, Guid? Case = null, string? DiaryNumber = null, string? Reason = null)
{
    public const int Most = 100;

    /// <summary>Pure. <paramref name="target"/>: what there is of it at the authority, that the caller may know of.</summary>
    public Decision Decide(SubjectState state, SubjectLinkKind kind, Guid target, Policy policy)
    {
        if ((SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)) is { } no) return no;
        if (Reason?.Trim() is not { Length: > 0 and <= AskIdentity.MostText } reason)
            return Refusal.Input("reason-missing", "Skriv varför det är personens: ett namn räcker inte, flera kan heta lika.");
        if (state.Find(target) is not null) return Decision.Nothing;
        if (state.Links.Count >= Most) return new Refusal("too-many-links", $"Högst {Most} konton och ärenden kan knytas till en begäran.");
        return new Happened(new DataSubjectLinked(kind, target, policy.Version), KeyClass.Request, new Parts().With("reason", reason));
    }
}

/// <summary>It was not the person's after all.</summary>
public sealed record UnlinkSubject(string? Reason)
{
    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Guid target, Policy policy)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        if (state.Find(target) is not { } link) return SubjectRequests.NoLink;
        return Reason?.Trim() is { Length: > 0 and <= AskIdentity.MostText } reason
            ? new Happened(new DataSubjectUnlinked(link.Kind, target, policy.Version), KeyClass.Request, new Parts().With("reason", reason))
            : Refusal.Input("reason-missing", "Skriv varför det inte är personens.");
    }
}

/// <summary>Two months more, when the person has been told why within the first (art. 12.3).</summary>
public sealed record ExtendSubjectTime(string? Reason, DateOnly? ToldOn = null)
{
    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Policy policy, DateOnly today)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        if (state.Extended) return new Refusal("already-extended", "Tiden är redan förlängd, och det går bara en gång (artikel 12.3).");
        if (Reason?.Trim() is not { Length: > 0 and <= AskIdentity.MostText } reason) return Refusal.Input("reason-missing", "Skriv varför svaret dröjer, så som personen har fått veta det (artikel 12.3).");
        var told = ToldOn ?? today;
        if (SubjectRequests.Day(state, told, today) is { } day) return day;
        if (told > state.DueOn) return new Refusal("extension-too-late", $"Personen skulle ha fått besked senast {state.DueOn:yyyy-MM-dd}. Efter den dagen kan tiden inte förlängas (artikel 12.3). Svara genast.");
        return new Happened(new DataSubjectTimeExtended(SubjectDeadline.Extended(state.ReceivedAt), told, policy.Version), KeyClass.Request, new Parts().With("reason", reason));
    }
}

/// <summary>The case that the request is dealt with in: a new one, or one that is there.</summary>
public sealed record OpenSubjectCase(string? Title = null, string? ClassCode = null, string? Series = null, Guid? Case = null, string? DiaryNumber = null)
{
    /// <summary>Pure; the neutral title that a new case gets where nothing else is said.</summary>
    public static string TitleOf(SubjectState state) => state.Right switch
    {
        SubjectRight.Rectification => $"Begäran om rättelse av personuppgifter ({state.Number})",
        SubjectRight.Erasure => $"Begäran om radering av personuppgifter ({state.Number})",
        SubjectRight.Restriction => $"Begäran om begränsning av behandling ({state.Number})",
        SubjectRight.Objection => $"Invändning mot behandling av personuppgifter ({state.Number})",
        _ => $"Begäran om registerutdrag ({state.Number})",
    };

    /// <summary>Pure.</summary>
    public static Decision Decide(SubjectState state, Guid caseId, string number, Policy policy)
    {
        if (Refuse(state) is { } no) return no;
        return new Happened(new DataSubjectCaseOpened(caseId, number, policy.Version), KeyClass.Request);
    }

    public static Refusal? Refuse(SubjectState state) =>
        SubjectRequests.Refuse(state) ?? (state.DiaryNumber is { } number ? new Refusal("case-opened", $"Begäran behandlas redan i {number}.") : null);
}

/// <summary>Whether a record behind a wall stands in the extract. Only by somebody cleared, one record at a time.</summary>
public sealed record ExamineSubjectRecord(bool? Release, string? Provision = null, string? Note = null)
{
    /// <summary>Pure. <paramref name="locked"/>: nobody is shown what it says.</summary>
    public Decision Decide(SubjectState state, Guid record, bool isTheirs, bool locked, Policy policy)
    {
        if ((SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)) is { } no) return no;
        if (!isTheirs) return SubjectRequests.NoRecord;
        if (Release is not { } release) return Refusal.Input("release-missing", "Säg om handlingen ska med i utdraget (release).");
        if (release && locked) return new Refusal("record-locked", "Innehållet är låst. Det visas för ingen och lämnas inte ut.");
        var provision = ReceiveSubjectRequest.Trimmed(Provision);
        if (!release && provision is not { Length: <= 200 }) return Refusal.Input("provision-missing", "Ange den bestämmelse som hindrar, till exempel OSL 25 kap. 7 §, högst 200 tecken.");
        if (Note is { Length: > AskIdentity.MostText }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 4 000 tecken.");
        return new Happened(new DataSubjectRecordExamined(record, release, provision, policy.Version), KeyClass.Request, new Parts().With("note", ReceiveSubjectRequest.Trimmed(Note)));
    }
}

/// <summary>Makes the extract.</summary>
/// <param name="Form"><c>page</c>, <c>pdf</c>, <c>json</c> or <c>zip</c>.</param>
public sealed record ProduceExtract(string? Form = null)
{
    public ExtractForm? Wanted => SubjectWords.Forms.Where(f => f.Word == (Form ?? "json")).Select(f => (ExtractForm?)f.Form).FirstOrDefault();

    /// <summary>Pure; before anything is gathered.</summary>
    public Refusal? Refuse(SubjectState state) =>
        SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)
        ?? (Wanted is null ? Refusal.Input("form-unknown", $"Formen kan vara: {string.Join(", ", SubjectWords.Forms.Select(f => f.Word))}.") : null)
        ?? (state.Accounts.Count + state.Cases.Count == 0 ? new Refusal("no-accounts", "Inget konto är knutet till personen. Sök i alla kanaler och knyt det som är personens, eller svara att inget finns.") : null);
}

/// <summary>The person had the extract; a request for one is then answered.</summary>
/// <param name="Means"><c>visit</c>, <c>letter</c>, <c>electronicService</c>, <c>encryptedEmail</c>.</param>
public sealed record HandOutExtract(string? Means, DateOnly? On = null, string? Address = null, string? Note = null)
{
    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Policy policy, DateOnly today)
    {
        if ((SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)) is { } no) return no;
        if (state.Right != SubjectRight.Access) return new Refusal("not-access", "Begäran gäller inte ett registerutdrag. Besvara den i ärendet.");
        var means = SubjectWords.HandOuts.FirstOrDefault(m => m.Word == Means);
        if (means.Word is null) return Refusal.Input("hand-out-means-unknown", $"Sättet kan vara: {string.Join(", ", SubjectWords.HandOuts.Select(m => m.Word))}.");
        if (state.Produced == 0) return new Refusal("extract-missing", "Framställ utdraget först.");
        if (!state.ProducedIsCurrent) return new Refusal("extract-stale", "Konton eller prövningar har ändrats sedan utdraget framställdes. Framställ det på nytt.");
        if (Address is { Length: > 1000 } || Note is { Length: > AskIdentity.MostText }) return Refusal.Input("note-too-long", "Adressen får vara högst 1 000 tecken och anteckningen högst 4 000.");
        var on = On ?? today;
        return SubjectRequests.Day(state, on, today) ?? (Decision)new Happened(
            new DataSubjectExtractHandedOut(means.Means, on, policy.Version), KeyClass.Request,
            new Parts().With("address", ReceiveSubjectRequest.Trimmed(Address)).With("note", ReceiveSubjectRequest.Trimmed(Note)));
    }
}

/// <summary>What the person says is right, beside a record that stays as it was (art. 16).</summary>
public sealed record NoteSupplement(string? Text)
{
    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Guid record, bool isTheirs, Policy policy)
    {
        if ((SubjectRequests.Refuse(state) ?? SubjectRequests.RefuseUnidentified(state)) is { } no) return no;
        if (state.Right != SubjectRight.Rectification) return new Refusal("not-rectification", "Bara en begäran om rättelse kan leda till en anteckning vid sidan av handlingen.");
        if (!isTheirs) return SubjectRequests.NoRecord;
        return Text?.Trim() is { Length: > 0 and <= 10_000 } text
            ? new Happened(new DataSubjectSupplementNoted(record, policy.Version), KeyClass.Request, new Parts().With("text", text))
            : Refusal.Input("supplement-text-missing", "Skriv anteckningen, högst 10 000 tecken.");
    }
}

/// <summary>Answers the request with something else than an extract.</summary>
/// <param name="Answer"><c>nothingHeld</c>, <c>granted</c>, <c>grantedInPart</c>, <c>refused</c>, <c>notIdentified</c>, <c>unfounded</c>.</param>
/// <param name="Grounds">Codes of what a no rests on, as <c>17.3d</c>.</param>
/// <param name="Rule">The gallring rule in force that an erasure is granted through.</param>
/// <param name="Body">The body that decided, where it was not on delegation.</param>
public sealed record AnswerSubject(string? Answer, string? Reasons, IReadOnlyList<string>? Grounds = null, Guid? Rule = null, DateOnly? ToldOn = null, string? Body = null)
{
    public SubjectAnswer? Said => SubjectWords.Answers.Where(a => a.Word == Answer).Select(a => (SubjectAnswer?)a.Answer).FirstOrDefault();

    /// <summary>Whether it is a decision in the case: everything about rights but the right to an extract, once it is known who asks.</summary>
    public bool InCase(SubjectState state) => state.Right != SubjectRight.Access && Said is SubjectAnswer.Granted or SubjectAnswer.GrantedInPart or SubjectAnswer.Refused;

    /// <summary>Pure. <paramref name="ruleIsThere"/>: the rule is in force at the authority. <paramref name="document"/>: the decision in the case.</summary>
    public Decision Decide(SubjectState state, bool ruleIsThere, int? document, Policy policy, DateOnly today)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        if (Said is not { } answer || answer is SubjectAnswer.HandedOut or SubjectAnswer.Withdrawn)
            return Refusal.Input("answer-unknown", "Svaret kan vara: nothingHeld, granted, grantedInPart, refused, notIdentified, unfounded.");
        if (answer == SubjectAnswer.NotIdentified && state.IsIdentified) return new Refusal("already-identified", "Identiteten är klarlagd.");
        if (answer == SubjectAnswer.NotIdentified && state.IdentityAskedOn is null)
            return new Refusal("identity-not-asked", "Be först personen visa vem det är (artikel 12.6). Först om det inte går får begäran avvisas.");
        if (answer is not (SubjectAnswer.NotIdentified or SubjectAnswer.Unfounded) && SubjectRequests.RefuseUnidentified(state) is { } unknown) return unknown;
        if (answer == SubjectAnswer.NothingHeld && state.Links.Count > 0) return new Refusal("something-held", "Konton eller ärenden är knutna till personen. Lämna ett utdrag, eller lös dem med skäl.");
        if (state.Right == SubjectRight.Access && answer is SubjectAnswer.Granted or SubjectAnswer.GrantedInPart) return new Refusal("extract-not-handed-out", "En begäran om registerutdrag bifalls genom att utdraget lämnas.");
        if (Reasons?.Trim() is not { Length: > 0 and <= 20_000 } reasons) return Refusal.Input("reasons-missing", "Skriv skälen, så som personen får dem (artikel 12.4).");
        var grounds = (Grounds ?? []).Select(g => g.Trim()).Where(g => g.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (grounds.FirstOrDefault(g => !SubjectWords.Grounds.Any(known => known.Code == g && known.Right == state.Right)) is { } wrong)
            return Refusal.Input("ground-unknown", $"{wrong} är ingen grund för {SubjectWords.Said(state.Right).ToLowerInvariant()}. Grunderna är: {string.Join(", ", SubjectWords.Grounds.Where(g => g.Right == state.Right).Select(g => g.Code))}.");
        if (answer is SubjectAnswer.Refused or SubjectAnswer.GrantedInPart && state.Right != SubjectRight.Access && grounds.Count == 0)
            return Refusal.Input("ground-missing", $"Ange minst en grund: {string.Join(", ", SubjectWords.Grounds.Where(g => g.Right == state.Right).Select(g => g.Code))}.");
        if (state.Right == SubjectRight.Access && answer == SubjectAnswer.Refused && grounds.Count == 0) return Refusal.Input("ground-missing", "Ange grunden: dsl5:1.");
        if (state.Right == SubjectRight.Erasure && answer is SubjectAnswer.Granted or SubjectAnswer.GrantedInPart && !(Rule is not null && ruleIsThere))
            return new Refusal("gallring-rule-missing", "En allmän handling raderas inte på begäran. Den kan bara gallras: ange den gällande gallringsregel (rule) som låter uppgifterna gå. Finns ingen, avslå med artikel 17.3 b eller d.");
        if (state.Right == SubjectRight.Rectification && answer is SubjectAnswer.Granted or SubjectAnswer.GrantedInPart && state.Supplemented.Count == 0)
            return new Refusal("supplement-missing", "Rättelse sker genom en anteckning vid sidan av handlingen. Gör den först.");
        if (InCase(state) && state.Case is null) return new Refusal("case-missing", "Begäran ska behandlas i ett ärende. Öppna det först, så att beslutet får en plats.");
        var told = ToldOn ?? today;
        if (SubjectRequests.Day(state, told, today) is { } day) return day;
        var appeal = answer is SubjectAnswer.Refused or SubjectAnswer.GrantedInPart or SubjectAnswer.NotIdentified or SubjectAnswer.Unfounded;
        return new Happened(
            new DataSubjectAnswered(answer, grounds, state.Right == SubjectRight.Erasure ? Rule : null, document, told, appeal ? ReceiveAppeal.LastDay(told) : null, policy.Version), KeyClass.Request,
            new Parts().With("reasons", reasons).With("answer", Text(state, answer, reasons, grounds)));
    }

    /// <summary>The whole answer, as it is sent.</summary>
    public static string Text(SubjectState state, SubjectAnswer answer, string reasons, IReadOnlyList<string> grounds)
    {
        var said = new List<string>
        {
            answer switch
            {
                SubjectAnswer.NothingHeld => "Vi behandlar inga uppgifter om dig i det arkiv som myndigheten för över sina kanaler i sociala medier (artikel 15.1).",
                SubjectAnswer.Granted => $"Din begäran om {SubjectWords.Said(state.Right).ToLowerInvariant()} ({SubjectWords.Article(state.Right)} i dataskyddsförordningen) bifalls.",
                SubjectAnswer.GrantedInPart => $"Din begäran om {SubjectWords.Said(state.Right).ToLowerInvariant()} ({SubjectWords.Article(state.Right)} i dataskyddsförordningen) bifalls delvis.",
                SubjectAnswer.NotIdentified => "Vi kan inte klarlägga vem du är och behandlar därför inte din begäran (artikel 12.2 och 12.6 i dataskyddsförordningen).",
                SubjectAnswer.Unfounded => "Din begäran är uppenbart ogrundad eller orimlig, och vi behandlar den därför inte (artikel 12.5 b i dataskyddsförordningen).",
                _ => $"Din begäran om {SubjectWords.Said(state.Right).ToLowerInvariant()} ({SubjectWords.Article(state.Right)} i dataskyddsförordningen) avslås.",
            },
            reasons,
        };
        said.AddRange(grounds.Select(SubjectWords.Ground));
        if (state.Right is SubjectRight.Erasure or SubjectRight.Rectification && answer is not (SubjectAnswer.NotIdentified or SubjectAnswer.Unfounded)) said.Add(SubjectWords.NeverAltered);
        said.Add(SubjectWords.Complain);
        if (answer is not (SubjectAnswer.Granted or SubjectAnswer.NothingHeld)) said.Add(SubjectWords.Appeal);
        return string.Join("\n\n", said);
    }
}

/// <summary>The person takes the request back.</summary>
public sealed record WithdrawSubjectRequest(string? Note)
{
    /// <summary>Pure.</summary>
    public Decision Decide(SubjectState state, Policy policy, DateOnly today)
    {
        if (SubjectRequests.Refuse(state) is { } no) return no;
        return Note?.Trim() is { Length: > 0 and <= AskIdentity.MostText } note
            ? new Happened(new DataSubjectRequestWithdrawn(today, policy.Version), KeyClass.Request, new Parts().With("note", note))
            : Refusal.Input("note-missing", "Skriv hur personen tog tillbaka begäran.");
    }
}

/// <summary>Ends the request, and what it held.</summary>
public static class CloseSubjectRequest
{
    /// <summary>Pure.</summary>
    public static Decision Decide(SubjectState state, Policy policy, DateOnly today)
    {
        if (state.ClosedAt is not null) return SubjectRequests.Closed;
        if (state.Answer is null) return new Refusal("request-unanswered", "Begäran är inte besvarad. Lämna utdraget eller svara, eller anteckna att den är återkallad.");
        if (state.AppealBy is { } last && today <= last)
            return new Refusal("appeal-time-runs", $"Beslutet kan överklagas till och med {last:yyyy-MM-dd}. Till dess gallras inget som begäran gäller.");
        return new Happened(new DataSubjectRequestClosed(policy.Version), KeyClass.Request);
    }
}
