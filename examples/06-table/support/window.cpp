// SPDX-License-Identifier: MIT

#include "window.h"

#include <QtCore/qcoreapplication.h>
#include <QtCore/qlocale.h>
#include <QtGui/qfontdatabase.h>
#include <QtWidgets/qboxlayout.h>
#include <QtWidgets/qheaderview.h>
#include <QtWidgets/qlabel.h>
#include <QtWidgets/qlineedit.h>
#include <QtWidgets/qstyleditemdelegate.h>
#include <QtWidgets/qtableview.h>

#include <algorithm>
#include <utility>

namespace {

constexpr int rowHeight = 26;
constexpr int margin = 9;

enum Column : int { File, Lines, Bytes, Longest, Checksum, Note, Status };

bool isNumber(int column)
{
    return column == Lines || column == Bytes || column == Longest;
}

// Numbers to the right, and by groups of three; the status in a colour that says it, too.
class Cell : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QString displayText(const QVariant &value, const QLocale &locale) const override
    {
        const bool isNumber =
                value.typeId() == QMetaType::Int || value.typeId() == QMetaType::LongLong;
        return isNumber ? QLocale(QLocale::English).toString(value.toLongLong())
                        : QStyledItemDelegate::displayText(value, locale);
    }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const bool isDark = option->palette.color(QPalette::Base).lightnessF() < 0.5;
        const QColor muted = option->palette.color(QPalette::PlaceholderText);
        const auto setColor = [option](const QColor &color) {
            option->palette.setColor(QPalette::Text, color);
        };
        option->textElideMode = index.column() == File ? Qt::ElideMiddle : Qt::ElideRight;
        if (isNumber(index.column()))
            option->displayAlignment = Qt::AlignRight | Qt::AlignVCenter;
        switch (index.column()) {
        case Checksum:
            option->font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
            option->font.setPixelSize(12);
            setColor(muted);
            break;
        case Status:
            setColor(muted);
            if (option->text == QLatin1String("Error"))
                setColor(QColor(QLatin1String(isDark ? "#ff8177" : "#bf2f26")));
            else if (option->text == QLatin1String("Loading"))
                setColor(option->palette.color(QPalette::Link));
            else if (option->text == QLatin1String("Null"))
                option->text.clear();
            break;
        default:
            break;
        }
    }
};

} // namespace

Window::Window(QAbstractItemModel *rows, const QString &folder)
    : m_table(new QTableView), m_figures(new QLabel)
{
    setWindowTitle(tr("Files of %1").arg(folder));
    resize(1000, 700);
    setMinimumSize(300, 300);

    auto *const title = new QLabel(folder);
    QFont font = title->font();
    font.setPixelSize(20);
    font.setWeight(QFont::DemiBold);
    title->setFont(font);
    title->setTextFormat(Qt::PlainText);
    title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    auto *const filter = new QLineEdit;
    filter->setPlaceholderText(tr("Filter"));
    filter->setClearButtonEnabled(true);
    filter->setMaximumWidth(280);
    connect(filter, &QLineEdit::textChanged, this, &Window::filterChanged);

    m_table->setModel(rows);
    m_table->setItemDelegate(new Cell(m_table));
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(File, Qt::AscendingOrder);
    m_table->setSelectionBehavior(QTableView::SelectRows);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setHorizontalScrollMode(QTableView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(rowHeight);
    setStyleSheet(QStringLiteral(
            "QHeaderView::section { background: palette(window); color: palette(placeholder-text);"
            " border: none; border-bottom: 1px solid palette(mid); padding: 6px 9px; }"
            "QLineEdit { background: palette(base); border: 1px solid palette(mid);"
            " border-radius: 6px; padding: 5px 8px; }"
            "QLineEdit:focus { border-color: palette(highlight); }"));
    QHeaderView *const header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setMinimumSectionSize(50);

    font = m_figures->font();
    font.setPixelSize(12);
    m_figures->setFont(font);
    m_figures->setForegroundRole(QPalette::PlaceholderText);
    m_figures->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    auto *const top = new QHBoxLayout;
    top->setContentsMargins(margin, margin, margin, margin);
    top->setSpacing(margin);
    top->addWidget(title, 1);
    top->addWidget(filter, 1);
    auto *const bottom = new QHBoxLayout;
    bottom->setContentsMargins(margin, margin, margin, margin);
    bottom->addWidget(m_figures);
    auto *const all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(m_table, 1);
    all->addLayout(bottom);
}

void Window::setFigures(int files, int shown, qsizetype known, int loading)
{
    const QLocale locale(QLocale::English);
    QString text = tr("%1 files").arg(locale.toString(files));
    if (shown != files)
        text += tr(", %1 shown").arg(locale.toString(shown));
    text += tr(", %1 read").arg(locale.toString(qint64(known)));
    if (loading > 0)
        text += tr(", %1 being read").arg(locale.toString(loading));
    m_figures->setText(text);
}

// The file has what the others leave.
void Window::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    constexpr std::pair<Column, int> widths[] = { { Lines, 80 },    { Bytes, 100 },
                                                  { Longest, 110 }, { Checksum, 130 },
                                                  { Note, 120 },    { Status, 80 } };
    int left = width();
    for (const auto &[column, itsWidth] : widths) {
        m_table->setColumnWidth(column, itsWidth);
        left -= itsWidth;
    }
    m_table->setColumnWidth(File, std::max(left - 2 * margin, 160));
}

void setTitles(QAbstractItemModel *model, std::initializer_list<const char *> titles)
{
    int column = 0;
    for (const char *title : titles) {
        model->setHeaderData(column, Qt::Horizontal, QCoreApplication::translate("Window", title));
        const auto side = isNumber(column) ? Qt::AlignRight : Qt::AlignLeft;
        model->setHeaderData(column, Qt::Horizontal, int(side | Qt::AlignVCenter),
                             Qt::TextAlignmentRole);
        ++column;
    }
}
