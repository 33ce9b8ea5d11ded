using System.Collections.Frozen;

namespace ArchiveService.Features.Cases;

/// <summary>What the states and choices of cases are called.</summary>
public static class CaseWords
{
    public static FrozenDictionary<PartyRole, string> Roles { get; } = new Dictionary<PartyRole, string>
    {
        [PartyRole.Applicant] = "sökande",
        [PartyRole.Party] = "part",
        [PartyRole.Counterparty] = "motpart",
        [PartyRole.Representative] = "ombud",
        [PartyRole.Other] = "annan",
    }.ToFrozenDictionary();

    public static FrozenDictionary<NoteMeans, string> Means { get; } = new Dictionary<NoteMeans, string>
    {
        [NoteMeans.Phone] = "telefon",
        [NoteMeans.Visit] = "besök",
        [NoteMeans.Meeting] = "möte",
        [NoteMeans.Letter] = "brev eller e-post",
        [NoteMeans.Observation] = "egen iakttagelse",
        [NoteMeans.Other] = "annat sätt",
    }.ToFrozenDictionary();

    public static FrozenDictionary<CaseOutcome, string> Outcomes { get; } = new Dictionary<CaseOutcome, string>
    {
        [CaseOutcome.Granted] = "bifall",
        [CaseOutcome.PartlyGranted] = "delvis bifall",
        [CaseOutcome.Refused] = "avslag",
        [CaseOutcome.Dismissed] = "avvisning",
        [CaseOutcome.WrittenOff] = "avskrivning",
        [CaseOutcome.Other] = "annat",
    }.ToFrozenDictionary();

    public static FrozenDictionary<DispatchMeans, string> Dispatches { get; } = new Dictionary<DispatchMeans, string>
    {
        [DispatchMeans.Letter] = "brev",
        [DispatchMeans.Email] = "e-post",
        [DispatchMeans.Served] = "delgivning",
        [DispatchMeans.Handed] = "överlämnat",
        [DispatchMeans.Other] = "annat sätt",
    }.ToFrozenDictionary();

    public static FrozenDictionary<AppealEnd, string> Ends { get; } = new Dictionary<AppealEnd, string>
    {
        [AppealEnd.Ruled] = "domstolen har avgjort det",
        [AppealEnd.Withdrawn] = "återkallat av den som överklagade",
        [AppealEnd.Moved] = "förs vidare i ett annat ärende",
    }.ToFrozenDictionary();

    public static string Of(PartyRole role) => Roles[role];

    public static string Of(NoteMeans means) => Means[means];

    public static string Of(CaseOutcome outcome) => Outcomes[outcome];

    public static string Of(DispatchMeans means) => Dispatches[means];

    public static string Of(AppealEnd end) => Ends[end];

    public static string Of(CaseInitiative? initiative) => initiative switch
    {
        CaseInitiative.Authority => "myndighetens eget",
        CaseInitiative.Application => "ansökan eller anmälan",
        CaseInitiative.Split => "avskilt ur ett annat ärende",
        _ => "en inkommen eller upprättad handling",
    };

    public static string Of(CaseLink link) => link switch
    {
        CaseLink.Related => "Hör samman med",
        CaseLink.ContinuedBy => "Fortsätter i",
        CaseLink.Continues => "Fortsätter",
        CaseLink.SplitInto => "Handlingar avskilda till",
        _ => "Avskilt ur",
    };

    public static string Of(Timeliness time) => time switch
    {
        Timeliness.InTime => "kom in i rätt tid",
        Timeliness.Late => "kom in för sent",
        Timeliness.LateWrongInstructions => "för sent, men felaktig underrättelse: avvisas inte",
        _ => "för sent hit, men i tid till domstolen: avvisas inte",
    };

    public static string Of(ClosingItem item) => item switch
    {
        ClosingItem.DocumentsFinal => "alla handlingar är slutliga",
        ClosingItem.DraftsWeeded => "utkast och minnesanteckningar är rensade",
        ClosingItem.PaperMatched => "pappersakten stämmer med ärendet",
        ClosingItem.ClassSet => "klassen är satt",
        ClosingItem.RetentionSet => "bevarande eller gallring är bestämt",
        ClosingItem.DecisionsDispatched => "besluten är expedierade",
        ClosingItem.NoOpenAppeal => "inget överklagande är öppet",
        _ => "ärendet har en handläggare",
    };

    public static string Of(CaseDocumentKind kind) => kind switch
    {
        CaseDocumentKind.Note => "Tjänsteanteckning",
        CaseDocumentKind.Decision => "Beslut",
        CaseDocumentKind.Appeal => "Överklagande",
        CaseDocumentKind.Protocol => "Gallringsprotokoll",
        _ => "Handling",
    };
}
