using ArchiveService.Features.Disclosures;

namespace ArchiveService.Features.DataSubjects;

/// <summary>How what is stored is said, and what every answer says of the law.</summary>
public static class SubjectWords
{
    public static IReadOnlyList<(string Word, SubjectRight Right, string Said, string Article)> Rights { get; } =
    [
        ("access", SubjectRight.Access, "Registerutdrag", "artikel 15"),
        ("rectification", SubjectRight.Rectification, "Rättelse", "artikel 16"),
        ("erasure", SubjectRight.Erasure, "Radering", "artikel 17"),
        ("restriction", SubjectRight.Restriction, "Begränsning av behandling", "artikel 18"),
        ("objection", SubjectRight.Objection, "Invändning mot behandling", "artikel 21"),
    ];

    public static IReadOnlyList<(string Word, IdentityMeans Means, string Said)> Means { get; } =
    [
        ("idDocument", IdentityMeans.IdDocument, "Legitimation vid besök"), ("electronicId", IdentityMeans.ElectronicId, "E-legitimation i ett annat system"),
        ("accountMessage", IdentityMeans.AccountMessage, "Ett avtalat meddelande från kontot"), ("representative", IdentityMeans.Representative, "Ombud med fullmakt, eller vårdnadshavare"),
        ("other", IdentityMeans.Other, "Annat sätt"),
    ];

    public static IReadOnlyList<(string Word, HandedOutAs Means, string Said)> HandOuts { get; } =
    [
        ("visit", HandedOutAs.Visit, "Vid besök"), ("letter", HandedOutAs.Letter, "Brev"), ("electronicService", HandedOutAs.ElectronicService, "E-tjänst med inloggning"),
        ("encryptedEmail", HandedOutAs.EncryptedEmail, "Krypterad e-post"),
    ];

    public static IReadOnlyList<(string Word, ExtractForm Form, string Said)> Forms { get; } =
        [("page", ExtractForm.Page, "Sida"), ("pdf", ExtractForm.Pdf, "PDF"), ("json", ExtractForm.Json, "Maskinläsbar kopia"), ("zip", ExtractForm.Package, "Paket med egna filer")];

    public static IReadOnlyList<(string Word, SubjectAnswer Answer, string Said)> Answers { get; } =
    [
        ("handedOut", SubjectAnswer.HandedOut, "Utdraget är lämnat"), ("nothingHeld", SubjectAnswer.NothingHeld, "Inget finns om personen"), ("granted", SubjectAnswer.Granted, "Bifall"),
        ("grantedInPart", SubjectAnswer.GrantedInPart, "Delvis bifall"), ("refused", SubjectAnswer.Refused, "Avslag"), ("notIdentified", SubjectAnswer.NotIdentified, "Identiteten gick inte att klarlägga"),
        ("unfounded", SubjectAnswer.Unfounded, "Uppenbart ogrundad eller orimlig"), ("withdrawn", SubjectAnswer.Withdrawn, "Återkallad"),
    ];

    /// <summary>What a no may rest on.</summary>
    public static IReadOnlyList<(string Code, SubjectRight? Right, string Said)> Grounds { get; } =
    [
        ("17.3b", SubjectRight.Erasure, "Uppgiften står i en allmän handling som lagen kräver bevarad (artikel 17.3 b; TF 2 kap., arkivlagen 3 och 10 §§)"),
        ("17.3d", SubjectRight.Erasure, "Radering skulle göra arkivändamål av allmänt intresse omöjliga eller avsevärt försvåra dem (artikel 17.3 d)"),
        ("17.3a", SubjectRight.Erasure, "Behandlingen behövs för yttrande- och informationsfriheten (artikel 17.3 a)"),
        ("17.3e", SubjectRight.Erasure, "Behandlingen behövs för rättsliga anspråk (artikel 17.3 e)"),
        ("17.1", SubjectRight.Erasure, "Ingen av grunderna för radering finns (artikel 17.1)"),
        ("16", SubjectRight.Rectification, "Uppgiften är inte felaktig: handlingen visar vad som skrevs (artikel 16)"),
        ("18.1", SubjectRight.Restriction, "Inget av fallen för begränsning finns (artikel 18.1)"),
        ("21.1", SubjectRight.Objection, "Tvingande berättigade skäl väger tyngre (artikel 21.1)"),
        ("21.6", SubjectRight.Objection, "Behandlingen behövs för arkivändamål av allmänt intresse (artikel 21.6)"),
        ("dsl5:1", SubjectRight.Access, "Uppgifterna omfattas av sekretess även mot personen själv (dataskyddslagen 5 kap. 1 §)"),
    ];

    /// <summary>A public record is never altered, whatever the answer.</summary>
    public const string NeverAltered =
        "En allmän handling ändras eller förstörs inte på begäran. Uppgifter i den tas bort bara genom gallring enligt ett gallringsbeslut (arkivlagen 10 §), och en rättelse görs som en anteckning vid sidan av handlingen.";

    /// <summary>Art. 12.4 and 77.</summary>
    public const string Complain =
        "Du kan klaga hos Integritetsskyddsmyndigheten (IMY), Box 8114, 104 20 Stockholm, imy.se (artikel 77 i dataskyddsförordningen).";

    /// <summary>Dataskyddslagen 7 kap. 2 §, FL 43–44 §§.</summary>
    public const string Appeal =
        "Du kan överklaga beslutet till förvaltningsrätten (dataskyddslagen 7 kap. 2 §). Skriv vilket beslut du överklagar och hur du vill att det ändras, och lämna skrivelsen till oss. Den ska ha kommit in inom tre veckor från den dag du fick del av beslutet (förvaltningslagen 43 och 44 §§).";

    public static string Stored<T>(T value) where T : struct, Enum => DisclosureWords.Stored(value);

    public static T Parse<T>(string stored) where T : struct, Enum => DisclosureWords.Parse<T>(stored);

    public static string Said(SubjectRight right) => Rights.First(r => r.Right == right).Said;

    public static string Article(SubjectRight right) => Rights.First(r => r.Right == right).Article;

    public static string Said(IdentityMeans means) => Means.First(m => m.Means == means).Said;

    public static string Said(SubjectAnswer answer) => Answers.First(a => a.Answer == answer).Said;

    public static string Ground(string code) => Grounds.First(g => g.Code == code).Said;

    /// <summary>What was done, for the list of it.</summary>
    public static string Said(DataSubjectRequestEvent happened) => happened switch
    {
        DataSubjectRequested => "Begäran kom in",
        DataSubjectIdentityAsked => "Personen ombads visa vem det är",
        DataSubjectIdentified e => $"Identiteten klarlagd: {Said(e.Means).ToLowerInvariant()}",
        DataSubjectLinked e => e.Kind == SubjectLinkKind.Account ? "Ett konto knutet till personen" : "Ett ärende knutet till personen",
        DataSubjectUnlinked e => e.Kind == SubjectLinkKind.Account ? "Ett konto löst från personen" : "Ett ärende löst från personen",
        DataSubjectTimeExtended => "Tiden förlängd, med besked till personen",
        DataSubjectCaseOpened e => $"Behandlas i ärende {e.DiaryNumber}",
        DataSubjectPassagesExamined => "Andra i en text bedömda",
        DataSubjectRecordExamined e => e.Released ? "En handling prövad: tas med" : "En handling prövad: tas inte med",
        DataSubjectExtractProduced e => $"Utdraget framställt ({Forms.First(f => f.Form == e.Form).Said})",
        DataSubjectSupplementNoted => "En anteckning gjord vid sidan av en handling",
        DataSubjectExtractHandedOut e => $"Utdraget lämnat: {HandOuts.First(h => h.Means == e.Means).Said.ToLowerInvariant()}",
        DataSubjectAnswered e => $"Besvarad: {Said(e.Answer).ToLowerInvariant()}",
        DataSubjectRequestWithdrawn => "Återkallad",
        _ => "Avslutad",
    };
}
