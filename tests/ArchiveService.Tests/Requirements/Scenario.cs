using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;

namespace ArchiveService.Tests.Requirements;

/// <summary>
/// One situation and what comes of it under each of the five guidelines. The outcomes are asserted against the commands' own decisions and
/// printed in docs/requirements.md from here. A further row is one entry in <see cref="All"/>, with a function in <see cref="Outcomes"/>.
/// </summary>
/// <param name="Row">The requirement it belongs to.</param>
/// <param name="Observe">Takes the decision under a policy and says in words what came of it.</param>
/// <param name="Expected">By the name of the preset.</param>
internal sealed record Scenario(string Row, string Situation, Func<Policy, string> Observe, IReadOnlyDictionary<string, string> Expected)
{
    /// <summary>In the order of the columns.</summary>
    public static IReadOnlyList<(string Preset, string Title)> Guidelines { get; } =
        [("herrljunga", "Herrljunga"), ("norrkoping", "Norrköping"), ("toreboda", "Töreboda"), ("trosa", "Trosa"), ("vastarvet", "Västarvet")];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        Under("C1", "An ordinary comment that nothing speaks of secrecy in is to be kept ordered instead of registered", Outcomes.KeptOrdered(assessed: true),
            "kept ordered", "kept ordered", "kept ordered", "refused: everything is registered", "kept ordered"),
        Always("C1", "The same, but nobody has assessed whether it may be secret", Outcomes.KeptOrdered(assessed: false), "refused: may be secret"),
        Under("C2", "A comment is unpublished", Outcomes.TakenDown(TakeDownAct.Unpublish, "HATE_SPEECH"),
            "unpublished, registered in the ongoing case", "unpublished, registered in a case of its own", "unpublished, not registered", "unpublished, not registered", "unpublished, not registered"),
        Under("C2", "A comment assessed as minor is unpublished", Outcomes.TakenDown(TakeDownAct.Unpublish, "HATE_SPEECH", minor: true),
            "unpublished, registered in the ongoing case", "unpublished, not registered", "unpublished, not registered", "unpublished, not registered", "unpublished, not registered"),
        Under("C2", "A comment is hidden", Outcomes.TakenDown(TakeDownAct.Hide, "HATE_SPEECH"),
            "hidden, registered in the ongoing case", "hidden, not registered", "hidden, not registered", "hidden, not registered", "hidden, not registered"),
        Under("C2", "A comment with secret data is unpublished", Outcomes.TakenDown(TakeDownAct.Unpublish, "SECRECY"),
            "unpublished, registered in the ongoing case", "unpublished, registered in a case of its own", "unpublished, registered in a case of its own",
            "unpublished, registered in a case of its own", "unpublished, registered in a case of its own"),
        Always("C3", "A direct message from somebody outside comes in", Outcomes.DirectMessage(own: false), "inkommen, waits for an assessment"),
        Always("C3", "An official answers with a direct message", Outcomes.DirectMessage(own: true), "upprättad, waits for an assessment"),
        Under("C4", "A thumb up is to be neither registered nor kept ordered", Outcomes.Exempted(assessed: true),
            "exempted", "exempted", "exempted", "exempted", "refused: the minor is kept ordered too"),
        Always("C4", "The same of what may be secret", Outcomes.Exempted(assessed: false), "refused: may be secret"),
        Under("C5", "Who decides gallring, in the guideline's word", Outcomes.Value("disposal.decidingBody"),
            "förvaltningen (ringa betydelse)", "dokumenthanteringsplanen", "kommunstyrelsen", "planer och gallringsbeslut", "gallringsbeslut med tillämpningsområde"),
        Under("C5", "A förvaltning decides that comments are destroyed after two years", Outcomes.DecisionBy("Kulturförvaltningen"),
            "recorded", "recorded", "refused: kommunstyrelsen decides", "recorded", "recorded"),
        Always("C5", "Kommunstyrelsen decides it", Outcomes.DecisionBy("kommunstyrelsen"), "recorded"),
        Always("C5", "Somebody decides it without a frist", Outcomes.DecisionBy("kommunstyrelsen", frist: null), "refused: no frist"),
        Always("C5", "Somebody decides it without saying of which records", Outcomes.DecisionBy("kommunstyrelsen", types: []), "refused: no scope"),
        Under("C6", "A question of Friday 6 March 2026 at 15.00 is to be answered by", Outcomes.AnsweredBy(hours: 24),
            "end of Monday 9 March", "end of Tuesday 10 March", "Saturday 7 March at 15.00, as the plan says", "end of Tuesday 10 March", "Monday 9 March at 15.00"),
        Under("C6", "Who is to be answered", Outcomes.Value("answer.duty"), "questions", "all", "questions", "questions", "questions"),
        Under("C7", "How often a snapshot is taken", Outcomes.Value("snapshot.interval"), "P6M", "none", "P6M", "none", "none"),
        Under("C7", "And besides", Outcomes.Value("snapshot.triggers"), "debate", "none", "major-change", "none", "none"),
        Under("C8", "What is preserved stands on", Outcomes.Value("preservation.medium"), "paper-removed", "paper-preserved", "electronic", "paper-ageresistant", "electronic"),
        Under("C9", "Ground: defamation", Outcomes.Ground("DEFAMATION"), "yes", "yes", "yes", "no such ground", "yes"),
        Under("C9", "Ground: personal attack", Outcomes.Ground("PERSONAL_ATTACK"), "yes", "yes", "yes", "no such ground", "yes"),
        Under("C9", "Ground: insult", Outcomes.Ground("INSULT"), "yes, only gross", "yes", "yes", "yes", "yes"),
        Under("C9", "Ground: swearing", Outcomes.Ground("PROFANITY"), "yes, only gross", "yes", "yes", "no such ground", "yes"),
        Under("C9", "Ground: depiction of violence", Outcomes.Ground("VIOLENCE"), "yes, only gross", "yes, only unlawful", "yes, only unlawful", "yes, only unlawful", "yes, only unlawful"),
        Under("C9", "Ground: pornography", Outcomes.Ground("PORNOGRAPHY"), "yes, only gross", "yes", "yes", "no such ground", "yes"),
        Under("C10", "Ground: advertising", Outcomes.Ground("COMMERCIAL"), "yes", "yes", "yes, within reason", "no such ground", "yes"),
        Under("C10", "Ground: spam", Outcomes.Ground("SPAM"), "no such ground", "no such ground", "no such ground", "no such ground", "yes"),
        Always("C11", "Ground: hate speech", Outcomes.Ground("HATE_SPEECH"), "yes"),
        Always("C11", "Ground: incitement to crime", Outcomes.Ground("INCITEMENT"), "yes"),
        Always("C11", "Ground: copyright", Outcomes.Ground("COPYRIGHT"), "yes, only unlawful"),
        Always("C11", "Ground: secrecy", Outcomes.Ground("SECRECY"), "yes"),
        Always("C11", "Ground: anything else that is unlawful", Outcomes.Ground("OTHER_UNLAWFUL"), "yes, only unlawful"),
        Under("C11", "Ground: sexist, racist or homophobic harassment", Outcomes.Ground("HARASSMENT"), "no such ground", "yes", "yes", "no such ground", "yes"),
        Under("C11", "Ground: child abuse material, named by itself", Outcomes.Ground("CHILD_ABUSE_MATERIAL"),
            "no such ground", "no such ground", "no such ground", "yes, only unlawful", "yes, only unlawful"),
        Under("C11", "Ground: personal data", Outcomes.Ground("PERSONAL_DATA_VIOLATION"), "yes, only unlawful", "no such ground", "no such ground", "yes, only unlawful", "yes"),
        Under("C11", "Ground: handling of an individual's case", Outcomes.Ground("INDIVIDUAL_CASE_HANDLING"), "no such ground", "no such ground", "no such ground", "yes", "yes"),
        Under("C11", "Ground: grossly misleading slander", Outcomes.Ground("SLANDER_MISLEADING"), "no such ground", "no such ground", "yes, a choice in each case", "no such ground", "no such ground"),
        Under("C12", "Personal data in the channel", Outcomes.Value("personalData.mode"), "no-breach", "not-regulated", "not-regulated", "channel-content-none", "no-violating"),
        Under("C13", "A moderator blocks a sender", Outcomes.Blocked(Role.Moderator), "refused: a manager decides", "refused: a manager decides", "refused: a manager decides", "blocked", "blocked"),
        Under("C14", "The account is a private person's: is the channel held up?", Outcomes.HeldUp("ownAccount"), "yes", "no", "yes", "yes", "no, but asked"),
        Under("C15", "Who approves a new channel", Outcomes.Approvers,
            "forvaltningschef, kommunikation (consulted)", "forvaltningschef or vd, kommunikation (reported)", "ansvarig-chef, informationsansvarig (reported)",
            "ansvarig-chef, informationsansvarig (informed)", "narmaste-chef, kommunikationschef"),
        Under("C16", "One administrator is named: is that enough?", Outcomes.OneAdministrator, "yes", "yes", "no", "yes", "yes"),
        Always("C17", "A picture of a child of 8, no guardian", Outcomes.Consent("under-13", written: true), "refused: a guardian consents"),
        Under("C17", "A picture of somebody of 15, no guardian", Outcomes.Consent("13-17", written: true), "given", "given", "given", "refused: a guardian consents", "given"),
        Under("C17", "A picture of an adult, said but not written", Outcomes.Consent("adult", written: false), "given", "given", "given", "refused: has to be written", "given"),
        Under("C18", "At absence", Outcomes.Value("channel.onAbsence"), "substitute", "resources", "readiness", "close", "substitute"),
        Under("C19", "Party politics in the channel", Outcomes.Value("politics.mode"), "refer", "none", "counteract-propaganda", "none", "care"),
        Under("C20", "What the guideline cites that does not stand", Outcomes.Marked,
            "wrong number, against law", "no deciding body", "renumbered, against law, renamed, dead link", "repealed, replaced, against law, outdated", "renamed, repealed, dead link"),
        Under("C21", "What has to be there before a channel is active, besides approvals and texts", Outcomes.Demanded(texts: false),
            "administrators, ownAccount, purpose, goals, responsible, substitute, custody, resources, logo, equality, officialMailbox",
            "administrators, purpose, responsible, scope, terms, logo",
            "administrators, ownAccount, purpose, goals, responsible, plan, signatures, evaluation, custody, logo",
            "administrators, ownAccount, purpose, responsible, scope, endDate, archivingPlan, sensitiveData, watch, terms, resources, routines, records, individualMatters",
            "administrators, purpose, responsible, substitute, custody, resources, logo, startChecklist"),
        Under("C22", "Which texts the channel has to show", Outcomes.Demanded(texts: true),
            "provider, visibility", "provider, visibility", "provider, visibility",
            "provider, visibility, purpose, publicRecords, prohibited, measures, noSensitive, notOurs, personalData, copyright", "provider, visibility"),
        Under("C23", "Which of two readings on removal is followed", Outcomes.Reading("reading.removal"), "H-16, not H-15", "says one thing", "T-09, not T-08", "says one thing", "V-07, not V-09"),
        Under("C23", "Swearing, under the guideline's other reading", Outcomes.OtherReading("reading.removal", "PROFANITY"), "yes", "yes", "no such ground", "no such ground", "yes"),
        Under("C23", "Which of two readings on jokes is followed", Outcomes.Reading("reading.jokes"), "says one thing", "says one thing", "T-10, not T-22", "says one thing", "says one thing"),
        Under("C23", "Misleading slander, under the other reading on jokes", Outcomes.OtherReading("reading.jokes", "SLANDER_MISLEADING"), "no such ground", "no such ground", "yes", "no such ground", "no such ground"),
        Always("C24", "Taken out of the medium without a gallringsbeslut, the copy kept", Outcomes.WithoutDecision(TakeDownAct.Unpublish), "unpublished"),
        Always("C24", "Deleted without a gallringsbeslut", Outcomes.WithoutDecision(TakeDownAct.DeleteFromChannel), "refused: no gallringsbeslut in force"),
        Always("C24", "Deleted under a gallringsbeslut, but not assessed", Outcomes.TakenDown(TakeDownAct.DeleteFromChannel, "HATE_SPEECH"), "refused: not assessed as minor"),
        Under("C24", "Deleted under a gallringsbeslut, assessed as minor", Outcomes.TakenDown(TakeDownAct.DeleteFromChannel, "HATE_SPEECH", minor: true),
            "deleted, registered in the ongoing case", "deleted, not registered", "deleted, not registered", "deleted, not registered", "deleted, not registered"),
        Always("C24", "Something secret is deleted under a gallringsbeslut", Outcomes.TakenDown(TakeDownAct.DeleteFromChannel, "SECRECY", minor: true), "refused: secret is never deleted"),
        Always("C24", "Taken down before content and sender are here", Outcomes.NeverCaptured(emergency: false), "refused: not captured"),
        Always("C24", "The same, as an emergency", Outcomes.NeverCaptured(emergency: true), "unpublished, waits for confirmation"),
        Under("C25", "A question is closed without an answer", Outcomes.ClosedUnanswered(minor: false), "closed", "refused: not assessed as minor", "closed", "closed", "closed"),
        Always("C25", "Something minor is closed without an answer, under a gallringsbeslut", Outcomes.ClosedUnanswered(minor: true), "closed"),
        Under("C26", "Is somebody to look at the channel on Sunday 8 March 2026?", Outcomes.WatchedOn(new(2026, 3, 8)), "yes", "no", "no", "no", "no"),
        Always("C26", "And on Monday 9 March?", Outcomes.WatchedOn(new(2026, 3, 9)), "yes"),
        Under("C27", "Which copy is the archival one", Outcomes.Value("preservation.archivalCopy"), "paper-when-made", "paper-when-made", "electronic", "paper", "electronic"),
        Under("C28", "The sender of what is taken down is told", Outcomes.Value("removal.notice"), "none", "required", "none", "none", "none"),
        Always("C29", "A manager blocks a sender", Outcomes.Blocked(Role.Chef), "blocked"),
        Under("I2", "The fifteenth number of the year 2026, of the organ KS", Outcomes.Number, "KS 15/2026 956", "KS-15/2026 003", "KS 2026/15", "KS 2026/15", "KS 2026–00015"),
    ];

    private static Scenario Under(string row, string situation, Func<Policy, string> observe, string herrljunga, string norrkoping, string toreboda, string trosa, string vastarvet) => new(row, situation, observe,
        new Dictionary<string, string>(StringComparer.Ordinal) { ["herrljunga"] = herrljunga, ["norrkoping"] = norrkoping, ["toreboda"] = toreboda, ["trosa"] = trosa, ["vastarvet"] = vastarvet });

    /// <summary>The same under all: the law's floor, or what no guideline differs in.</summary>
    private static Scenario Always(string row, string situation, Func<Policy, string> observe, string outcome) => Under(row, situation, observe, outcome, outcome, outcome, outcome, outcome);
}
